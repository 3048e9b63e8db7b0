"""The edition of HoloLens (1st gen) from the command line."""
