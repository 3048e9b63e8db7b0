"""The ways in, as the administrator sets them up."""
