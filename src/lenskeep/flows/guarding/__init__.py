"""What guards the ways in against guessing."""
