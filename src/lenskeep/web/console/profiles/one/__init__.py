"""One profile: how far it has come, what it sets, who gets it, how it became so."""
