"""The pages of what should be true: groups, staged roll-outs, how the fleet stands."""
