"""Jersey numbers: reading them on crops and giving the evidence to players."""
