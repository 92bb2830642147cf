"""The annotated picture: outlines, ellipses and tags that glide with the players."""

from courtside.render.between import Playback
from courtside.render.colours import Look, team_looks
from courtside.render.draw import draw
from courtside.render.figures import Figure, figures_in
from courtside.render.style import Style, style_for
from courtside.render.tags import Tag, place_tags
from courtside.render.video import render_still, render_video
from courtside.render.window import moments

__all__ = [
    "Figure",
    "Look",
    "Playback",
    "Style",
    "Tag",
    "draw",
    "figures_in",
    "moments",
    "place_tags",
    "render_still",
    "render_video",
    "style_for",
    "team_looks",
]
