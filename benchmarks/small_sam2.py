"""Train a small SAM 2.1 from scratch on simulated films, to measure with where real weights lack.

    python benchmarks/small_sam2.py --films FILMS --out training/small/sam2 --minutes 60

FILMS holds folders that `courtside simulate` rendered. It goes on where it stopped. First single
pictures (a box gives a mask), then short films (a mask is followed through the memories).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from small_films import Film, boxes_of, load_film, masks_of, pixels_of
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss
from transformers import Sam2VideoConfig, Sam2VideoMaskDecoderConfig, Sam2VideoModel

from courtside.masks import sam2_model as parts
from courtside.masks.sam2_attention import Memories, MemoryAttention

SIDE = 384
WIDTH = 128
OBJECTS = 4
FIRST_STEPS = 1200  # of single pictures


def small_config(side: int = SIDE) -> Any:
    """Return the configuration: like tiny's, with a quarter of the channels and fewer blocks."""
    widths = [24, 48, 96, 192]
    sides = [side // 4, side // 8, side // 16]
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "image_size": [side, side],
        "hidden_size": widths[0],
        "embed_dim_per_stage": widths,
        "num_attention_heads_per_stage": [1, 2, 4, 8],
        "blocks_per_stage": [1, 2, 4, 1],
        "global_attention_blocks": [4, 6],
        "window_size_per_stage": [8, 4, 8, 4],
    }
    return Sam2VideoConfig(
        vision_config={
            "model_type": "sam2_vision_model",
            "backbone_config": backbone,
            "backbone_channel_list": widths[::-1],
            "backbone_feature_sizes": [[one, one] for one in sides],
            "fpn_hidden_size": WIDTH,
        },
        prompt_encoder_config={"hidden_size": WIDTH, "image_size": side},
        mask_decoder_config=Sam2VideoMaskDecoderConfig(
            hidden_size=WIDTH, mlp_dim=256, num_attention_heads=4, iou_head_hidden_dim=WIDTH
        ),
        image_size=side,
        memory_attention_hidden_size=WIDTH,
        memory_attention_num_layers=4,
        memory_attention_feed_forward_hidden_size=256,
        memory_attention_dropout=0.0,
        memory_attention_rope_dropout=0.0,
        memory_attention_rope_feat_sizes=[sides[-1], sides[-1]],
        memory_encoder_hidden_size=WIDTH,
        mask_downsampler_embed_dim=WIDTH,
        memory_fuser_num_layers=1,
        memory_fuser_embed_dim=WIDTH,
        memory_fuser_intermediate_dim=256,
    )


def fresh_model(seed: int) -> Any:
    """Return a model whose layers keep the size of their input.

    As transformers draws them signals fade: after 500 steps no mask had appeared.
    """
    torch.manual_seed(seed)
    model = Sam2VideoModel(small_config())
    with torch.no_grad():
        for name, weight in model.named_parameters():
            kept = any(part in name for part in ("embed", "token", "norm"))
            if weight.ndim >= 2 and not kept:
                weight.normal_(std=weight[0].numel() ** -0.5)
    return model


def cut_out(film: Film, frames: list[int], rng: np.random.Generator) -> Film:
    """Return a random part of these frames, mirrored and recoloured at random, the same in all."""
    height, width = film.ids.shape[1:]
    # Single pictures come first, and near: what a box means is learnt soonest on large people.
    share = rng.uniform(0.15, 0.5) if len(frames) == 1 else rng.uniform(0.3, 1.0)
    top, left = (int(rng.integers(0, side - int(share * side) + 1)) for side in (height, width))
    rows, columns = (slice(top, top + int(share * height)), slice(left, left + int(share * width)))
    pictures = film.pictures[frames][:, rows, columns].astype(np.float32)
    ids = film.ids[frames][:, rows, columns]
    if rng.random() < 0.5:
        pictures, ids = pictures[:, :, ::-1], ids[:, :, ::-1]
    pictures = pictures * rng.uniform(0.8, 1.2, 3) + rng.uniform(-20, 20)
    return Film(np.clip(pictures, 0, 255).astype(np.uint8), np.ascontiguousarray(ids))


def mask_loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return focal and dice loss of masks (people, k, h, w) against (people, h, w), (people, k)."""
    wanted = truth[:, None].expand_as(logits)
    share = logits.sigmoid()
    cross = binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    # By the size of the mask: the mean of the whole picture forgets people of fifty pixels.
    focal = (cross * (share - wanted).abs() ** 2).sum((2, 3)) / (wanted.sum((2, 3)) + 10)
    both, either = (share * wanted).sum((2, 3)), (share + wanted).sum((2, 3))
    return focal + 1 - (2 * both + 1) / (either + 1)


def overlap(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return the IoU of masks (people, k, h, w) with (people, h, w), (people, k)."""
    found, there = logits > 0, truth[:, None] > 0.5
    union = (found | there).sum((2, 3)).clamp(min=1)
    return (found & there).sum((2, 3)) / union


def decode_all(
    model: Any, picture: parts.Picture, seen: torch.Tensor, boxes: torch.Tensor | None
) -> tuple[torch.Tensor, ...]:
    """Return all masks, expected IoUs, tokens and presence, as `sam2_model.decode` chooses from."""
    count = len(seen) if boxes is None else len(boxes)
    sparse, dense = parts._prompts(model, boxes, seen)
    image = seen.transpose(1, 2).unflatten(2, picture.grid).expand(count, -1, -1, -1)
    masks, quality, tokens, presence = model.mask_decoder(
        image_embeddings=image,
        image_positional_embeddings=model.get_image_wide_positional_embeddings(),
        sparse_prompt_embeddings=sparse.expand(count, -1, -1, -1),
        dense_prompt_embeddings=dense,
        multimask_output=boxes is None,
        high_resolution_features=picture.fine,
    )[:4]
    return masks[:, 0], quality[:, 0], tokens[:, 0], presence


def frame_loss(found: tuple[torch.Tensor, ...], truth: torch.Tensor) -> torch.Tensor:
    """Return the loss of one frame: the best mask, all expected IoUs, and who is there."""
    masks, quality, _, presence = found
    there = truth.sum((1, 2)) > 2
    losses = mask_loss(masks, truth).amin(1)
    expected = mse_loss(quality, overlap(masks.detach(), truth), reduction="none").mean(1)
    hidden = binary_cross_entropy_with_logits(presence[:, 0, 0], there.float())
    return ((losses + expected) * there).sum() / there.sum().clamp(min=1) + hidden


def remembered(
    model: Any, attention: MemoryAttention, picture: parts.Picture, past: list[Any]
) -> torch.Tensor:
    """Return the picture as each object sees it after the frames in `past`, the prompted first."""
    encodings = parts.memory_positions(model, picture.grid)
    ages = [0, *range(len(past) - 1, 0, -1)]
    values = torch.cat([features for features, _ in past], 1)
    positions = torch.cat([encodings[age] for age in ages])[None].expand(len(values), -1, -1)
    pointers = torch.stack([pointer for _, pointer in past], 1)
    split = pointers.unflatten(2, (-1, values.shape[2]))
    since = torch.arange(len(past), 0, -1)[None].expand(len(values), -1)
    longest = model.config.max_object_pointers_in_encoder - 1
    turned = parts.pointer_positions(model, since, longest)[:, :, None].expand(split.shape)
    memories = Memories(
        torch.cat([values, split.flatten(1, 2)], 1),
        torch.cat([positions, turned.flatten(1, 2)], 1),
        values.shape[1],
    )
    return attention(picture.coarse, picture.positions, memories)


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
        found = decode_all(model, picture, seen, boxes)
        losses.append(frame_loss(found, truth))
        chosen = parts._choose(model, *found)
        shared.append(float(overlap(chosen.masks, truth).mean()))
        if frame + 1 < len(pixels):
            cut = torch.full((len(people),), frame == 0)
            past.append((parts.encode_memories(model, picture, chosen, cut), chosen.pointers))
    return torch.stack(losses).mean(), shared


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
            most = OBJECTS if length > 1 else 2 * OBJECTS
            return part, [int(one) for one in rng.permutation(people)[:most]]


def train(films: list[Film], out: Path, minutes: float, seed: int, rate: float, last: int) -> None:
    """Train until the time is over, keeping the model every hundred steps."""
    model = fresh_model(seed).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    step, kept = 0, out / "training.pt"
    if kept.is_file():
        saved = torch.load(kept, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        step = saved["step"]
    end, begun, recent = time.monotonic() + 60 * minutes, time.monotonic(), []
    while time.monotonic() < end and step < last:
        rng = np.random.default_rng([seed, step])
        length = 1 if step < FIRST_STEPS else int(rng.integers(2, 5))
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 100) * max(0.02, 1 - step / last)
        film, people = choose(films, length, rng)
        loss, shared = sequence_loss(model, film, people, rng)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        recent.append((float(loss.detach()), shared[0], shared[-1]))
        if step % 100 == 0:
            save(model, optimizer, step, out)
            means = " ".join(f"{value:.3f}" for value in np.mean(recent, 0))
            print(
                f"step {step}, {time.monotonic() - begun:.0f} s: loss, IoU first, last {means}",
                flush=True,
            )
            recent = []
    save(model, optimizer, step, out)


def save(model: Any, optimizer: Any, step: int, out: Path) -> None:
    """Write the checkpoint in the hub's format, and beside it what training goes on from."""
    model.save_pretrained(out)
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, out / "training.part")
    (out / "training.part").replace(out / "training.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--steps", type=int, default=2400)
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    folders = sorted(path.parent for path in given.films.glob("*/sightings.parquet"))
    films = [load_film(folder) for folder in folders]
    train(films, given.out, given.minutes, given.seed, given.rate, given.steps)


if __name__ == "__main__":
    main()
