"""Statements on what should be true of which headsets."""
