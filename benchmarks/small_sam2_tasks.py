"""What a small SAM 2.1 learns from: boxes and memories over noise, pictures and films."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from small_films import Film, boxes_of, masks_of, pixels_of
from small_sam2_model import WIDTH, remembered
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from courtside.masks import sam2_model as parts
from courtside.masks.sam2_attention import MemoryAttention

# What a pixel far from a person counts.
FAR = 0.1
# So often the true mask is remembered.
FORCED = 0.7
# People in a picture, and in a film.
MOST, OBJECTS = 8, 6
# Shares of a picture that are cut out: single pictures come first, and near, for what a box means
# is learnt soonest on large people.
PICTURE_SHARE, FILM_SHARE = (0.15, 0.5), (0.2, 0.6)


def cut_out(film: Film, frames: list[int], rng: np.random.Generator) -> Film:
    """Return a random part of these frames, mirrored and recoloured at random, the same in all."""
    height, width = film.ids.shape[1:]
    share = rng.uniform(*(PICTURE_SHARE if len(frames) == 1 else FILM_SHARE))
    top, left = (int(rng.integers(0, side - int(share * side) + 1)) for side in (height, width))
    rows, columns = (slice(top, top + int(share * height)), slice(left, left + int(share * width)))
    pictures = film.pictures[frames][:, rows, columns].astype(np.float32)
    ids = film.ids[frames][:, rows, columns]
    if rng.random() < 0.5:
        pictures, ids = pictures[:, :, ::-1], ids[:, :, ::-1]
    pictures = pictures * rng.uniform(0.8, 1.2, 3) + rng.uniform(-20, 20)
    return Film(np.clip(pictures, 0, 255).astype(np.uint8), np.ascontiguousarray(ids))


def around(truth: torch.Tensor) -> torch.Tensor:
    """Return what pixels count: 1 in three times the box of each mask, little beyond.

    Counted everywhere alike, people of fifty pixels were best not found at all: 500 steps long
    all masks were empty.
    """
    weights = torch.full_like(truth, FAR)
    for weight, box in zip(weights, boxes_of(truth, 1.0).int().tolist(), strict=True):
        left, top, right, bottom = box
        wide, tall = right - left, bottom - top
        rows = slice(max(0, top - tall), bottom + tall)
        weight[rows, max(0, left - wide) : right + wide] = 1
    return weights


def mask_loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return focal and dice loss of masks (people, k, h, w) against (people, h, w), (people, k)."""
    wanted, weight = truth[:, None].expand_as(logits), around(truth)[:, None]
    share = logits.sigmoid()
    cross = binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    focal = (weight * cross).sum((2, 3)) / weight.sum((2, 3))
    both = (weight * share * wanted).sum((2, 3))
    either = (weight * (share + wanted)).sum((2, 3))
    return 2 * focal + 1 - (2 * both + 1) / (either + 1)


def overlap(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return the IoU of masks (people, k, h, w) with (people, h, w), (people, k)."""
    found, there = logits > 0, truth[:, None] > 0.5
    union = (found | there).sum((2, 3)).clamp(min=1)
    return (found & there).sum((2, 3)) / union


def frame_loss(found: tuple[torch.Tensor, ...], truth: torch.Tensor) -> torch.Tensor:
    """Return the loss of one frame: the best mask, all expected IoUs, and who is there."""
    masks, quality, _, presence = found
    there = truth.sum((1, 2)) > 2
    losses = mask_loss(masks, truth).amin(1)
    expected = mse_loss(quality, overlap(masks.detach(), truth), reduction="none").mean(1)
    hidden = binary_cross_entropy_with_logits(presence[:, 0, 0], there.float())
    return ((losses + expected) * there).sum() / there.sum().clamp(min=1) + hidden


def sequence_loss(model: Any, film: Film, people: list[int], rng: np.random.Generator) -> Any:
    """Return the loss and the mean IoU of following people from a box in the first frame."""
    side = model.config.image_size
    attention = MemoryAttention(model, "flash")
    pixels = pixels_of(film, list(range(len(film.ids))), side)
    past: list[Any] = []
    losses, shared = [], []
    for frame, picture_pixels in enumerate(pixels):
        picture = parts.encode_picture(model, picture_pixels[None])
        truth = masks_of(film.ids[frame], people, side // 4)
        boxes = None
        if frame == 0:
            seen = parts.without_memory(model, picture)
            exact = boxes_of(masks_of(film.ids[0], people, side), 1.0)
            spread = (exact[:, 2:] - exact[:, :2]).repeat(1, 2) * 0.05
            boxes = exact + spread * torch.from_numpy(rng.normal(size=exact.shape)).float()
        else:
            seen = remembered(model, attention, picture, past)
        found = parts.candidates(model, picture, seen, boxes)
        losses.append(frame_loss(found, truth))
        chosen = parts._choose(model, *found)
        shared.append(float(overlap(chosen.masks, truth).mean()))
        if rng.random() < FORCED:
            chosen = as_true(chosen, truth)
        if frame + 1 < len(pixels):
            cut = torch.full((len(people),), frame == 0)
            past.append((parts.encode_memories(model, picture, chosen, cut), chosen.pointers))
    return torch.stack(losses).mean(), shared


def boxes_loss(model: Any, rng: np.random.Generator, count: int = 16) -> tuple[Any, list[float]]:
    """Return the loss of filling boxes over features of noise, and the mean IoU.

    What a box means is learnt first and by itself: with pictures from the start, 1,900 steps did
    not teach it.
    """
    side = model.config.image_size // 4
    truth, boxes = rectangles(rng, count, side)
    picture = noise(model, rng)
    found = parts.candidates(model, picture, picture.coarse, boxes)
    shared = float(overlap(found[0][:, :1], truth).mean())
    return frame_loss(found, truth), [shared]


def rectangles(
    rng: np.random.Generator, count: int, side: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return filled boxes of people's shape (count, side, side), and corners in the picture."""
    place = torch.arange(side) + 0.5
    middle = rng.uniform(0, side, (count, 2))
    size = rng.uniform((0.04, 0.08), (0.25, 0.5), (count, 2)) * side
    corners = np.concatenate([middle - size / 2, middle + size / 2], 1).clip(0, side)
    boxes = torch.from_numpy(corners).float()
    left, top, right, bottom = boxes.T[:, :, None]
    wide, tall = (place > left) & (place < right), (place > top) & (place < bottom)
    return (tall[:, :, None] & wide[:, None]).float(), boxes * 4


def noise(model: Any, rng: np.random.Generator) -> parts.Picture:
    """Return features of nothing, as large as those of pictures."""
    side = model.config.image_size // 4
    fine = [rng.normal(0, 0.3, (1, WIDTH // 8 * 2**k, side // 2**k, side // 2**k)) for k in (0, 1)]
    coarse = rng.normal(0, 0.5, (1, (side // 4) ** 2, WIDTH))
    tensors = [torch.from_numpy(one).float() for one in (*fine, coarse)]
    with torch.no_grad():
        blank = torch.zeros(1, 3, 4 * side, 4 * side)
        positions = parts.encode_picture(model, blank).positions
    return parts.Picture(tensors[2], positions, tensors[:2], (side // 4, side // 4))


def as_true(chosen: parts.Decoded, truth: torch.Tensor) -> parts.Decoded:
    """Return what was decoded with the true masks in its place, as sure as can be."""
    logits = torch.where(truth > 0.5, 8.0, -8.0)[:, None]
    there = torch.where(truth.sum((1, 2)) > 2, 5.0, -5.0)
    return replace(chosen, masks=logits, presence=there.reshape(chosen.presence.shape))


def memory_loss(model: Any, rng: np.random.Generator, count: int = 8) -> tuple[Any, list[float]]:
    """Return the loss of repeating remembered shapes over features of noise, and the mean IoU.

    That a memory tells a place is learnt by itself too.
    """
    side = model.config.image_size // 4
    shapes, _ = rectangles(rng, count, side)
    picture = noise(model, rng)
    seen = parts.without_memory(model, picture)
    found = parts.candidates(model, picture, seen.expand(count, -1, -1), None)
    chosen = as_true(parts._choose(model, *found), shapes)
    cut = torch.full((count,), True)
    past = [(parts.encode_memories(model, picture, chosen, cut), chosen.pointers)]
    attention = MemoryAttention(model, "flash")
    found = parts.candidates(model, picture, remembered(model, attention, picture, past), None)
    best = overlap(found[0], shapes).amax(1)
    return frame_loss(found, shapes), [float(best.mean())]


def choose(films: list[Film], length: int, rng: np.random.Generator) -> tuple[Film, list[int]]:
    """Return a part of a film of so many frames, with people who are seen in its first."""
    while True:
        film = films[rng.integers(len(films))]
        if len(film.ids) < length:
            continue
        stride = int(rng.integers(1, 3)) if len(film.ids) >= 2 * length else 1
        first = int(rng.integers(0, len(film.ids) - stride * (length - 1)))
        part = cut_out(film, [first + stride * step for step in range(length)], rng)
        people = part.people(0)
        if people:
            most = OBJECTS if length > 1 else MOST
            return part, [int(one) for one in rng.permutation(people)[:most]]
