"""What is counted of a fleet: times, deeds, and whether it held."""
