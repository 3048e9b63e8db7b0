"""What the local commands are made of: the doctor and the look of the log."""
