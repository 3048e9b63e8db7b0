"""What all rooms stand on: families of trouble, secrets, identifiers, questions to the world."""
