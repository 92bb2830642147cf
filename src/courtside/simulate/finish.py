"""What a drawn picture still needs: lens focus, upright phones, pictures of graphics alone."""

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.scene import Scene
from courtside.simulate.textures import board

Picture = NDArray[np.uint8]

UPRIGHT = 0.12  # share of phone pictures held upright, with black beside the picture
GRAPHICS = 0.35  # share of the pictures of neither court nor people that are graphics alone


def finish(
    scene: Scene, colours: Picture, ids: Picture, rng: np.random.Generator
) -> tuple[Picture, Picture, str]:
    """The picture (h, w, 3), its ids (h, w, 4) and its view, after lens and editing room."""
    if scene.view == "other" and rng.uniform() < GRAPHICS:
        return _graphics(colours.shape, rng), np.zeros_like(ids), "other"
    soft = {"close-up": 0.8, "main": 0.25 if scene.venue.viewpoint == "baseline" else 0.0}
    if rng.uniform() < soft.get(scene.view, 0.0):
        colours = _focus(scene, colours, ids, rng)
    if scene.venue.viewpoint == "phone" and rng.uniform() < UPRIGHT:
        colours, ids = _upright(colours, ids)
    alone = scene.view == "close-up" and not np.isin(ids[::4, ::4, 0], np.arange(1, 200)).any()
    return colours, ids, "other" if alone else scene.view


def _graphics(shape: tuple[int, ...], rng: np.random.Generator) -> Picture:
    """A full-screen graphic: ground with a gradient, panels, words."""
    h, w = shape[:2]
    ground = rng.uniform(5, 120, 3)[None, None] * np.linspace(0.6, 1.4, h)[:, None, None]
    picture = np.tile(np.clip(ground, 0, 255).astype(np.uint8), (1, w, 1))
    for _ in range(int(rng.integers(1, 6))):
        tall, wide = int(h * rng.uniform(0.05, 0.3)), int(w * rng.uniform(0.2, 0.8))
        y, x = int((h - tall) * rng.uniform()), int((w - wide) * rng.uniform())
        picture[y : y + tall, x : x + wide] = cv2.resize(board(rng), (wide, tall))
    return picture


def _focus(scene: Scene, colours: Picture, ids: Picture, rng: np.random.Generator) -> Picture:
    """Blur all but the people near the distance the lens is set to, the target's."""
    camera = scene.camera
    distance = _focus_distance(scene, rng)
    sharp = np.zeros(256, np.uint8)
    for i, person in enumerate(scene.people):
        away = float(np.linalg.norm(np.subtract(person.place, camera.place)))
        if abs(away - distance) < 0.3 * distance:
            sharp[i + 1] = 255
    mask = cv2.GaussianBlur(cv2.LUT(np.ascontiguousarray(ids[..., 0]), sharp), (0, 0), 1.2)
    sigma = colours.shape[0] / 540 * rng.uniform(1.0, 4.0)
    small = cv2.resize(colours, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma / 2)
    blurred = cv2.resize(blurred, colours.shape[1::-1])
    share = (mask.astype(np.float32) / 255)[..., None]
    return np.asarray(colours * share + blurred * (1 - share), np.uint8)


def _focus_distance(scene: Scene, rng: np.random.Generator) -> float:
    """Metres from the lens to what it is aimed at, or to one of the players it shows."""
    camera = scene.camera
    if scene.view == "close-up" or not scene.people:
        return float(np.linalg.norm(np.subtract(camera.target, camera.place)))
    places = np.array([p.place for p in scene.people])
    seen = camera.project(places + np.array([0.0, 0.0, 1.2]))
    shown = (seen[:, 2] > 0) & (np.abs(seen[:, 0] / camera.width - 0.5) < 0.45)
    playing = np.array([p.identity >= 0 for p in scene.people])
    away = np.linalg.norm(places - camera.place, axis=1)[shown & playing]
    return float(rng.choice(away)) if len(away) else 12.0


def _upright(colours: Picture, ids: Picture) -> tuple[Picture, Picture]:
    """The middle of the picture as an upright phone shows it, black on both sides."""
    h, w = colours.shape[:2]
    margin = (w - h * 9 // 16) // 2
    colours, ids = colours.copy(), ids.copy()
    for picture in (colours, ids):
        picture[:, :margin] = 0
        picture[:, w - margin :] = 0
    return colours, ids
