"""A fleet in a database: one device managed in earnest, and as many copies as are wanted."""
