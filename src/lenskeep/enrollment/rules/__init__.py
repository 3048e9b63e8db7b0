"""Who and what may enroll, and when; what is needed for it, and what went wrong. Pure decisions."""
