"""The page of the rules for who and what may enroll."""
