"""A profile as a document that a person reads and writes: YAML text to values, and back."""
