"""What the house does for itself, and what processes share: leases, workers, stumbles."""
