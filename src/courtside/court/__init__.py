"""The court: its shapes, the camera that sees it, and where people stand on it in metres."""
