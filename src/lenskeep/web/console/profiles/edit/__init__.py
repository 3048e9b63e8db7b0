"""The editor of a profile: find settings, fill them in, look at what is noticed, save."""
