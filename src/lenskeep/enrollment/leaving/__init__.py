"""How a headset leaves: by which ways, what each takes away, who owns it, when it fell silent."""
