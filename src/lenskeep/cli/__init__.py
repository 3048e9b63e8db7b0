"""The command line: what works on the data folder, and what speaks REST."""
