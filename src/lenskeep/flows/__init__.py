"""Use cases: load, decide, commit, send. Each states what it needs as a narrow port."""
