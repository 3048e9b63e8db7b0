"""Files: what lies in the data folder."""
