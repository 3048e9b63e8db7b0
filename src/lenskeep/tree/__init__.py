"""The device's management tree: where a node is, what it holds, what is asked of it."""
