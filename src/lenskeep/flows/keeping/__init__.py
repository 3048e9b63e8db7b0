"""What is true of headsets after their server was restored from a backup."""
