"""The certificate authority: who rests on which era of it, and its rotation."""
