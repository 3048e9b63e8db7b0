"""What we fetch from elsewhere: keys, sign-ins, names. Named hosts only, within time and size."""
