"""What of the administrator's documents and lists is in force, for whoever serves devices."""
