"""Run-length masks against NumPy and COCO's own decoder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from courtside import rle


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_round_trip(height: int, width: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) > 0.5
    counts = rle.encode(mask)
    assert (rle.decode(counts, (height, width)) == mask).all()
    assert rle.area(counts, (height, width)) == mask.sum()


@given(st.data())
def test_parts_are_those_of_the_whole_mask(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    seed, share = data.draw(st.integers(0, 99)), data.draw(st.sampled_from([0, 0.02, 0.5, 0.97, 1]))
    mask = np.random.default_rng(seed).random((height, width)) < share
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = (
        data.draw(st.integers(left + 1, width)),
        data.draw(st.integers(top + 1, height)),
    )
    part = rle.decode_window(rle.encode(mask), (height, width), (left, top, right, bottom))
    assert (part == mask[top:bottom, left:right]).all()
    whole, crop = np.zeros_like(mask), rle.decode_crop(rle.encode(mask), (height, width))
    if crop is not None:
        pixels, x, y = crop
        whole[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    assert (whole == mask).all()


def test_a_kept_crop_is_not_decoded_again() -> None:
    mask = np.zeros((6, 4), bool)
    mask[1:3, 2] = True
    counts, pixels = rle.encode(mask), np.ones((2, 1), np.uint8)
    rle.keep_crop(counts, (6, 4), (pixels, 2, 1))
    found = rle.decode_crop(counts, (6, 4))
    assert found is not None
    assert found[0] is pixels
    for place in range(rle.CROPS_KEPT):
        rle.keep_crop(bytes([48 + place]), (6, 4), None)
    again = rle.decode_crop(counts, (6, 4))
    assert again is not None
    assert again[0] is not pixels
    assert (again[0] == pixels).all()
    assert again[1:] == found[1:]


def test_judge_reads_it() -> None:
    mask = np.zeros((6, 4), bool)
    mask[1:3, 2] = True
    judged = coco.decode({"size": [6, 4], "counts": rle.encode(mask)})
    assert (judged.astype(bool) == mask).all()


def test_uncompressed_counts_by_hand() -> None:
    # Column-major: 4 pixels of background, 2 of the mask, the rest background.
    mask = rle.decode(rle.from_uncompressed([4, 2, 3], (3, 3)), (3, 3))
    assert np.argwhere(mask).tolist() == [[1, 1], [2, 1]]


def test_bounding_box_and_iou_by_hand() -> None:
    first, second = np.zeros((10, 10), bool), np.zeros((10, 10), bool)
    first[2:6, 1:5] = True
    second[2:6, 3:7] = True
    masks = [rle.encode(first), rle.encode(second)]
    assert rle.bounding_box(masks[0], (10, 10)).tolist() == [1, 2, 5, 6]
    assert rle.iou(masks[:1], masks, (10, 10))[0] == pytest.approx([1, 8 / 24])
    assert rle.iou([], masks, (10, 10)).shape == (0, 2)


def test_empty_mask() -> None:
    counts = rle.encode(np.zeros((5, 7), bool))
    assert rle.area(counts, (5, 7)) == 0
    assert rle.bounding_box(counts, (5, 7)).tolist() == [0, 0, 0, 0]


def test_ids_are_encoded_as_their_masks_are() -> None:
    ids = np.random.default_rng(0).integers(0, 4, (13, 17)).astype(np.uint8)
    ids[-1, -1], ids[0, 0] = 2, 3  # runs that begin and end with the picture
    together = rle.encode_ids(ids)
    assert together == {number: rle.encode(ids == number) for number in (1, 2, 3)}
    assert rle.encode_ids(np.zeros((4, 5), np.uint8)) == {}
