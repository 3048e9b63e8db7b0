"""The doors by which the world comes in over HTTP; each knows the flows and no other edge."""
