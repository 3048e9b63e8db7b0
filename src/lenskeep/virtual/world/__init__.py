"""What the tree does to the headset around it: its way out, and what its wearer sees."""
