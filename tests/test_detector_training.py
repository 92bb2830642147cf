"""What the detector and the follower learn from: truth that moves with the picture, and export."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from courtside.court.shapes import LANDMARKS, NBA  # noqa: E402
from courtside.detect.embedded import find_boxes, find_points  # noqa: E402
from courtside.engine import EngineName, load_net  # noqa: E402
from courtside.errors import InputError  # noqa: E402
from courtside.geometry import iou  # noqa: E402
from courtside.simulate.camera import Camera  # noqa: E402
from courtside.simulate.court_size import NBA as SIZE  # noqa: E402
from courtside.train.augment import degrade_batch, random_views  # noqa: E402
from courtside.train.checkpoint import Nets, load_weights, save_weights  # noqa: E402
from courtside.train.detector_export import export_detector, export_person  # noqa: E402
from courtside.train.detector_net import Maps  # noqa: E402
from courtside.train.detector_targets import make_targets  # noqa: E402
from courtside.train.eight_bit import shown_pictures  # noqa: E402
from courtside.train.masks import train_masks  # noqa: E402
from courtside.train.person import cut_people, sides_loss  # noqa: E402
from courtside.train.plan import Plan  # noqa: E402
from courtside.train.pool import Pool, Records, court_record  # noqa: E402
from courtside.weights import weights_path  # noqa: E402

ENGINES: tuple[EngineName, EngineName] = ("openvino", "onnxruntime")

EYE = Camera((1.0, -24.0, 9.0), (4.0, 0.0, 0.8), 2.0, 0.0, 960, 540)
# x, y, width and height of people in the picture; the third stands half before the second.
PEOPLE = [(100, 120, 40, 100), (300, 200, 60, 140), (335, 215, 60, 140), (700, 90, 30, 80)]


def batch() -> Records:
    """Two pictures alike: people as filled boxes, each with a colour, seen by one camera."""
    picture = np.full((540, 960, 3), 90, np.uint8)
    ids = np.zeros((540, 960), np.uint8)
    for number, (x, y, w, h) in enumerate(PEOPLE, 1):
        picture[y : y + h, x : x + w] = (40 * number, 255 - 50 * number, 80)
        ids[y : y + h, x : x + w] = number
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in PEOPLE], np.float32)
    court = court_record(EYE, NBA)
    one: dict[str, NDArray[Any]] = {
        "picture": np.moveaxis(picture, -1, 0),
        "ids": ids,
        "boxes": boxes,
        "kinds": np.zeros(len(PEOPLE), np.int64),
        "owner": np.arange(1, len(PEOPLE) + 1),
        "visibility": np.ones(len(PEOPLE), np.float32),
        "identity": np.arange(len(PEOPLE)),
        "view": np.array(0),
        "venue": np.array(5),
        **{name: value.astype(np.float32) for name, value in court.items()},
    }
    return {name: torch.from_numpy(np.stack([value] * 2)) for name, value in one.items()}


def views(seed: int) -> Records:
    """A batch as it is shown."""
    seen: Records = random_views(batch(), np.random.default_rng(seed))
    return seen


def shown_boxes(seen: Records, picture: int) -> NDArray[np.float32]:
    """The boxes of a shown picture, cut by its edges."""
    rows, columns = seen["ids"].shape[1:]
    edge = torch.tensor([columns, rows, columns, rows])
    clipped: NDArray[np.float32] = seen["boxes"][picture].clamp(min=0).minimum(edge).numpy()
    return clipped


@pytest.mark.parametrize("seed", range(6))
def test_boxes_stay_on_their_people(seed: int) -> None:
    seen = views(seed)
    for picture in range(2):
        for number, box in enumerate(shown_boxes(seen, picture), 1):
            rows, columns = np.nonzero(seen["ids"][picture].numpy() == number)
            if len(rows) < 200 or number == 2:  # the second is half hidden
                continue
            drawn = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert drawn == pytest.approx(box, abs=1.5)


@pytest.mark.parametrize("seed", range(4))
def test_perfect_maps_give_the_boxes_and_court_points_back(seed: int) -> None:
    seen = views(seed)
    targets = make_targets(seen)
    size = (seen["ids"].shape[2], seen["ids"].shape[1])
    for picture in range(2):
        maps = {
            "centres": targets.centres[picture].numpy(),
            "people_boxes": targets.boxes[picture, 0].numpy(),
            "thing_boxes": targets.boxes[picture, 1].numpy(),
        }
        found, kinds, _ = find_boxes(maps, (4.0, 4.0), size)
        true = shown_boxes(seen, picture)
        true = true[(true[:, 2:] - true[:, :2]).min(axis=1) > 12]
        assert (kinds == 0).all()
        assert len(found) >= len(true)
        assert (iou(true, found).max(axis=1, initial=0) > 0.9).all()
        for index, x, y, score in find_points(targets.court_points[picture].numpy(), (8.0, 8.0)):
            place = seen["points"][picture, int(index)].numpy()
            inside = (place > 8).all() and (place < np.array(size) - 8).all()
            if inside:
                assert score > 0.3
                assert np.hypot(*(place - [x, y])) < 1.0


def test_a_flipped_court_is_named_as_its_own_camera_sees_it() -> None:
    plain = court_record(EYE, NBA)["points"]
    mirrored = Camera((-1.0, -24.0, 9.0), (-4.0, 0.0, 0.8), 2.0, 0.0, 960, 540)
    wanted = court_record(mirrored, NBA)["points"]
    for seed in range(12):
        seen = views(seed)
        for picture in range(2):
            points = seen["points"][picture].numpy()
            left = points[LANDMARKS.index("corner_left_far"), 0]
            right = points[LANDMARKS.index("corner_right_far"), 0]
            assert left < right
    assert plain[LANDMARKS.index("left_rim"), 0] == pytest.approx(
        960 - wanted[LANDMARKS.index("right_rim"), 0], abs=0.1
    )


def test_floor_is_where_the_court_lies() -> None:
    seen = batch()
    seen["picture"], seen["ids"] = seen["picture"].float() / 255, seen["ids"].long()
    floor = make_targets({**seen, "ids": seen["ids"][:, :536]}).floor[0].numpy()
    middle = EYE.project(np.array([[4.0, 0.0, 0.0], [0.0, 12.0, 0.0], [0.0, 6.9, 0.0]]))
    inside = [bool(floor[int(y / 8), int(x / 8)]) for x, y, _ in middle]
    assert inside == [True, False, True]


def perfect_maps(seen: Records) -> Maps:
    """What a detector without fault would say of a batch."""
    targets = make_targets(seen)
    return Maps(
        targets.foreground[:, None] * 12 - 6, targets.votes, targets.centres,
        targets.boxes[:, 0], targets.boxes[:, 1], targets.court_points, targets.floor[:, None],
        torch.zeros(2, 3),
    )  # fmt: skip


def test_cuts_show_one_person_and_hint_at_it() -> None:
    seen = views(1)
    cuts = cut_people(seen, perfect_maps(seen))
    assert len(cuts.mask) >= 2
    assert set(cuts.who.tolist()) <= {500, 501, 502, 503}
    own = cuts.hints[:, 0]
    shared = torch.minimum(own, cuts.mask).sum(dim=(1, 2))
    assert (shared / cuts.mask.sum(dim=(1, 2))).median() > 0.75


@pytest.mark.parametrize("seed", range(4))
def test_sides_of_cuts_are_those_of_the_whole_body(seed: int) -> None:
    seen = views(seed)
    cuts = cut_people(seen, perfect_maps(seen))
    assert float(sides_loss(cuts.sides, cuts.sides)) == pytest.approx(0, abs=1e-5)
    for mask, sides in zip(cuts.mask.numpy(), cuts.sides.numpy(), strict=True):
        rows, columns = np.nonzero(mask)
        drawn = [
            columns.min() / 64,
            rows.min() / 96,
            (columns.max() + 1) / 64,
            (rows.max() + 1) / 96,
        ]
        box = np.clip(sides, 0, 1)
        # A visible part lies inside; people here fill their boxes, but one is half hidden.
        assert (np.array(drawn)[:2] > box[:2] - 0.03).all()
        assert (np.array(drawn)[2:] < box[2:] + 0.03).all()
        assert np.abs(drawn - box).min() < 0.03


def save_pictures(folder: Path) -> None:
    """Write the two pictures of `batch` as the renderer would."""
    folder.mkdir()
    one = {name: values[0].numpy() for name, values in batch().items()}
    court, camera = (
        np.array(astuple(SIZE)),
        np.array([*EYE.place, *EYE.target, EYE.focal, EYE.roll]),
    )
    facts = {
        name: one[name] for name in ("ids", "boxes", "kinds", "owner", "visibility", "identity")
    }
    for number in range(2):
        picture = np.moveaxis(one["picture"], 0, -1)
        rest = {"picture": picture, "camera": camera, "court": court, "view": "main"}
        np.savez(folder / f"{number:06d}.npz", **facts, **rest)


def test_the_follower_learns_alone_and_goes_on(tmp_path: Path) -> None:
    torch.manual_seed(4)
    save_pictures(tmp_path / "data")
    save_weights(Nets(), tmp_path / "start.pt")
    before = load_weights(tmp_path / "start.pt")
    plan = Plan(
        tmp_path / "data", tmp_path / "out", 0.03, renderers=0, first=2, capacity=2,
        start=tmp_path / "start.pt",
    )  # fmt: skip
    net = load_net(train_masks(plan))
    assert set(net.run(np.zeros((2, 96, 64, 6), np.uint8))) == {"mask", "sides", "look"}
    after = load_weights(tmp_path / "out" / "weights.pt")
    changed = {n.split(".")[0] for n, v in after.items() if not torch.equal(v, before[n])}
    assert changed == {"person"}
    steps = torch.load(tmp_path / "out" / "checkpoint.pt", weights_only=True)["step"]
    train_masks(replace(plan, minutes=0.05))
    assert torch.load(tmp_path / "out" / "checkpoint.pt", weights_only=True)["step"] > steps


def test_the_follower_does_not_learn_without_a_detector(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--start"):
        train_masks(Plan(tmp_path, tmp_path / "out", 1))


def test_spoilt_pictures_stay_pictures_and_differ() -> None:
    picture = views(2)["picture"]
    first, second = (degrade_batch(picture, np.random.default_rng(seed)) for seed in (1, 2))
    assert first.shape == picture.shape
    assert float(first.min()) >= 0
    assert float(first.max()) <= 1
    assert float((first - second).abs().mean()) > 0.005


def test_exported_nets_answer_like_the_trained_ones(tmp_path: Path) -> None:
    torch.manual_seed(3)
    nets = Nets().eval()
    pool = Pool(batch(), {"000000.npz", "000001.npz"}, {0: [0, 1]})
    image = shown_pictures(pool)[0]
    planes = torch.from_numpy(image).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        wanted = nets.detector(planes)
    save_weights(nets, tmp_path / "weights.pt")
    again = load_weights(tmp_path / "weights.pt")
    detector, person = (export(nets, tmp_path, pool) for export in (export_detector, export_person))
    told = load_net(detector).run(image)
    assert set(told) == set(Maps._fields)
    assert told["votes"] == pytest.approx(wanted.votes.numpy(), abs=0.1)
    assert told["floor"] == pytest.approx(torch.sigmoid(wanted.floor).numpy(), abs=0.01)
    cuts = load_net(person).run(np.zeros((3, 96, 64, 6), np.uint8))
    assert cuts["mask"].shape == (3, 96, 64)
    assert cuts["sides"].shape == (3, 4)
    assert np.linalg.norm(cuts["look"], axis=1) == pytest.approx(np.ones(3), abs=0.01)
    assert set(again) == set(nets.state_dict())


@pytest.mark.parametrize(("net", "size"), [("detector", (544, 960, 3)), ("person", (96, 64, 6))])
def test_shipped_nets_compute_with_eight_bits(net: str, size: tuple[int, int, int]) -> None:
    onnx = pytest.importorskip("onnx")
    nodes = onnx.load(str(weights_path(net))).graph.node
    inner = [node for node in nodes if node.op_type == "Conv" and "_Dequantize" in node.input[1]]
    assert len(inner) > 0.5 * sum(node.op_type == "Conv" for node in nodes)
    image = np.random.default_rng(1).integers(
        0, 256, (8 if net == "person" else 1, *size), np.uint8
    )
    first, second = (load_net(weights_path(net), engine).run(image) for engine in ENGINES)
    for name, values in first.items():
        # The widest spread of both engines' rounding, in units of the output.
        assert np.abs(values - second[name]).mean() <= 0.02 * max(1.0, np.abs(values).mean())


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weights"):
        load_weights(tmp_path / "none.pt")
