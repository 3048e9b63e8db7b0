"""REST of what should be true: profiles, groups, assignments, and how devices stand to them."""
