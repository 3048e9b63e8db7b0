"""`lenskeep catalog`: commands, and how a record is told in words."""
