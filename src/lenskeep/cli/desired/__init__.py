"""Commands that say what should be true of the fleet, and show how it stands to that."""
