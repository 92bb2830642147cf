"""The run folder: what is saved on the way, what a finished run holds, and exports from it."""
