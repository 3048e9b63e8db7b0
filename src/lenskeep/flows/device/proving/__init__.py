"""Who asks to enroll: passwords and codes, tokens of Entra, of our web page, and certificates."""
