"""What the catalog is made of: descriptions compiled, and our own layer laid over them."""
