"""Statements of the ways in and out."""
