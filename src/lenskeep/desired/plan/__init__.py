"""What is to be asked, set and taken away on one device next, each with its reason."""
