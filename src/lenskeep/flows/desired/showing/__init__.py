"""What is shown of wanted settings: where they work, how they stand, what would be sent."""
