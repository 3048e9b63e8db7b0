"""Who may enroll, with what, and what an enrollment gives a headset. Pure decisions."""
