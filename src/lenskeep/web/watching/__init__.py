"""Watching the server and the fleet: metrics, their page, health, the pulse of a process."""
