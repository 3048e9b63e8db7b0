"""Profiles to start from: published baselines and scenarios as data, with what can go wrong."""
