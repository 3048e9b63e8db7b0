"""A test issuer of Entra-like tokens, right and wrong ones. It is nobody's identity provider."""
