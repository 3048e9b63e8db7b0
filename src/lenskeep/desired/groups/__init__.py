"""Groups of devices: tags, and the language of rules that say which devices belong."""
