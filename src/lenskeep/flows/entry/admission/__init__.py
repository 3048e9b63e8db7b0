"""Who and what is let in: the rules, the ways and the names, as the administrator sees them."""
