"""Lenskeep: the open, self-hosted MDM server for Microsoft HoloLens."""

__version__ = "0.1.0"
