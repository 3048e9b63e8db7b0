"""The pages of provisioning packages and their bulk accounts."""
