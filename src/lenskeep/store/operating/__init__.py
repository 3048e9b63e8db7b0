"""What the house does for itself, and what several processes share: leases, who serves, stumbles."""
