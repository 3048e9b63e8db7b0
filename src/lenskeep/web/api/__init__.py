"""REST under /api/v1: the same flows as the console and the command line, as JSON."""
