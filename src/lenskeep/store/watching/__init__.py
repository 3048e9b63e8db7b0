"""What is counted of the store, and what the store counts of the fleet for a monitoring system."""
