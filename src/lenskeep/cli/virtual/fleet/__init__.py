"""`lenskeep virtual fleet`: what it asks, what it shows, what it says in the end."""
