"""Masks and tracks: who is where, outlined pixel by pixel and followed through crowds."""
