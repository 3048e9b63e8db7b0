"""What is known and what should be true: what to ask a device, and what its answers mean."""
