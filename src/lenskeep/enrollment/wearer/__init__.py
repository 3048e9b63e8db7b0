"""What the wearer reads of the management in Settings: words for it, and a preview."""
