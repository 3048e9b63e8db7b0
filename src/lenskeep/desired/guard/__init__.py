"""What can lock a headset out: which settings, why, and how a stranded one is recovered. Pure."""
