"""What the server wants and keeps of a headset for itself: first run, words, hashes."""
