"""Who is who: numbers and identities decided over the whole video, or left open."""
