"""The console: setting up the ways in."""
