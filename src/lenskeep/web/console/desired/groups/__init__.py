"""The pages of groups: the list, a new one, one group and what is assigned to it."""
