"""What should be true: profiles, groups, assignments, and how the devices stand to them."""
