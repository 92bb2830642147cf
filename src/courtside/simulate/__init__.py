"""Simulated games: a small 3-D renderer with complete truth, the school of the embedded nets.

Rendering needs the `simulate` extra (moderngl, and anny for baking the bodies once);
nothing heavy is imported before a picture is asked for.
"""
