"""The settings catalog: every known node of a headset's tree, as facts, and who says so."""
