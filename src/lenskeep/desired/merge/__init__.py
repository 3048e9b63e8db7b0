"""Profiles to one wanted tree: who reaches a cohort, who wins a node, and what clashes."""
