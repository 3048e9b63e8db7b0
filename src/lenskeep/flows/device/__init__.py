"""What headsets cause: enrolling, and talking."""
