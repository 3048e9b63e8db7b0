"""The certificate authority: who rests on which generation of it, and its rotation."""
