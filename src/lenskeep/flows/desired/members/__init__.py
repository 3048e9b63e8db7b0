"""Devices in groups: who belongs, who moves, and which wanted trees that takes."""
