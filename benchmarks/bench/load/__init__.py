"""The load: the floor it is held against, who sends it, and the messages that are sent."""
