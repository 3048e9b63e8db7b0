"""The pages of one device."""
