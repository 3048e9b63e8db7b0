"""From who gets what to wanted trees: what every change of profiles, groups, assignments does."""
