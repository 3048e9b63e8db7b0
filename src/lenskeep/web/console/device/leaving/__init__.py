"""How a device leaves, and where it is: the page and its forms."""
