"""A Lenskeep of one's own for measurements and trials: a folder, a server, its REST door."""
