"""Which control of a form stands for a node, and what its fields mean on the wire."""
