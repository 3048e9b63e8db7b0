"""One node at a time: what was read of it, what became of it, what is done about it next."""
