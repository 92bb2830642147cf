"""Marks on a floor beside its lines: emblem, names behind the baselines, sponsors, other sports."""

import cv2
import numpy as np

from courtside.simulate.court_size import CourtSize
from courtside.simulate.paint import (
    Ink,
    Picture,
    in_pixels,
    random_ink,
    to_bytes,
    to_pixels,
)
from courtside.simulate.textures import board


def paint_logos(picture: Picture, court: CourtSize, club: Ink, rng: np.random.Generator) -> None:
    """A mark in the centre circle, the club's name behind the baselines, sponsors' words."""
    rows, columns = picture.shape[:2]
    if rng.uniform() < 0.7:
        size = int(in_pixels(court.circle) * rng.uniform(0.8, 2.0)) // 2 * 2
        _paint_emblem(picture, rows // 2, columns // 2, size, club, rng)
    if rng.uniform() < 0.7:
        for side in (-1.0, 1.0):
            x = to_pixels(picture, side * (court.length / 2 + 1.0), 0)[0]
            _paint_name(picture, x, side > 0, rng)
    for _ in range(int(rng.choice([0, 1, 2, 3, 4, 6], p=[0.2, 0.2, 0.2, 0.2, 0.1, 0.1]))):
        _paint_word(picture, rng)


def _paint_emblem(
    picture: Picture, y: int, x: int, size: int, club: Ink, rng: np.random.Generator
) -> None:
    """A round mark of two or three colours with a letter in it."""
    inks = (club, random_ink(rng), (238, 238, 236))
    for share, ink in zip((0.5, 0.44, 0.3), inks, strict=True):
        cv2.circle(picture, (x, y), int(size * share), ink, -1, cv2.LINE_AA)
    letter = str(rng.choice(list("ABCDGHJKMNPRSTUW")))
    at = (x - size // 5, y + size // 5)
    cv2.putText(picture, letter, at, 2, size / 52, club, max(2, size // 14), cv2.LINE_AA)


def _paint_name(picture: Picture, x: int, right: bool, rng: np.random.Generator) -> None:
    """Letters a metre tall along a baseline, readable from the court."""
    text = "".join(rng.choice(list("ABCDEFGHIKLMNOPRSTUVZ"), int(rng.integers(5, 14))))
    ground = picture[picture.shape[0] // 2, x].astype(int)
    ink = (236, 236, 234) if ground.mean() < 140 else (28, 28, 34)
    long, tall = int(len(text) * rng.uniform(34, 60)), int(rng.integers(30, 62))
    canvas = np.zeros((64, 44 * len(text), 1), np.uint8)
    cv2.putText(canvas, text, (4, 54), 2, 2.0, 255, int(rng.integers(5, 10)), cv2.LINE_AA)
    word = cv2.resize(canvas, (long, tall), interpolation=cv2.INTER_AREA)
    word = np.ascontiguousarray(np.rot90(word, 1 if right else 3))
    h, w = word.shape[:2]
    y, left = (picture.shape[0] - h) // 2, x - w // 2
    if left < 0 or left + w > picture.shape[1] or y < 0:
        return
    share = word[..., None].astype(np.float32) / 255
    part = picture[y : y + h, left : left + w]
    part[:] = to_bytes(part * (1 - share) + np.array(ink, np.float32) * share)


def _paint_word(picture: Picture, rng: np.random.Generator) -> None:
    text = board(rng)
    long, tall = int(rng.integers(100, 360)), int(rng.integers(25, 70))
    word = cv2.resize(text, (long, tall))
    if rng.uniform() < 0.5:
        word = np.ascontiguousarray(np.rot90(word))
    h, w = word.shape[:2]
    y, x = int(rng.integers(0, picture.shape[0] - h)), int(rng.integers(0, picture.shape[1] - w))
    ink = np.abs(word.astype(int) - word[0, 0].astype(int)).sum(axis=2) > 60
    if rng.uniform() < 0.2:
        ink[:] = True
    picture[y : y + h, x : x + w][ink] = word[ink] if rng.uniform() < 0.2 else random_ink(rng)


def paint_other_sports(picture: Picture, rng: np.random.Generator) -> None:
    """Lines of other sports, as school gyms carry them."""
    for _ in range(int(rng.integers(2, 7))):
        ink, x = random_ink(rng), int(rng.integers(0, picture.shape[1]))
        y, w = int(rng.integers(0, picture.shape[0])), int(rng.integers(200, 900))
        cv2.rectangle(picture, (x, y), (x + w, y + w // 2), ink, 1, cv2.LINE_AA)
