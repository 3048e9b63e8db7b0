"""Serves the ways in and out: texts, lists, tickets, attempts, Autopilot, enrolling, leaving."""
