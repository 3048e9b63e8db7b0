"""SQLite: one writer with group commit, a few readers, each in a thread of its own."""
