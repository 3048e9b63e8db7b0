"""How the desired state looks in a terminal."""
