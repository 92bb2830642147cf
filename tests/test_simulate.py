"""The simulation: cameras, poses, bodies, drawn pictures and their truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.errors import InputError
from courtside.simulate.body import REGIONS, load_bodies
from courtside.simulate.camera import FAR, NEAR, Camera
from courtside.simulate.cloth import folds
from courtside.simulate.court_size import FIBA, NBA
from courtside.simulate.dataset import as_camera, load_example, render_training_set
from courtside.simulate.degrade import add_graphics, degrade
from courtside.simulate.floor import MARGIN, paint_floor
from courtside.simulate.pose import (
    PARTS,
    blend_poses,
    pose_from_angles,
    random_pose,
    read_bvh,
    running_pose,
)
from courtside.simulate.skin import pose_all, troupe
from courtside.simulate.truth import KINDS

EXAMPLES = Path(__file__).parent.parent / "examples"
CAMERA = Camera((0.0, -25.0, 9.0), (5.0, 0.0, 1.0), 1.5, 0.0, 1280, 720)


def has_renderer() -> bool:
    try:
        import moderngl

        moderngl.create_context(standalone=True, backend="egl").release()  # type: ignore[arg-type]
    except Exception:  # moderngl raises plain Exception for every kind of failure
        return False
    return True


def test_the_target_is_in_the_middle_and_up_is_up() -> None:
    middle, above = CAMERA.project(np.array([[5.0, 0.0, 1.0], [5.0, 0.0, 2.0]]))
    assert middle[:2] == pytest.approx([640, 360])
    assert above[1] < middle[1]


@given(st.floats(-12, 12), st.floats(-7, 7), st.floats(0, 4))
@settings(max_examples=40)
def test_opengl_and_numpy_project_alike(x: float, y: float, z: float) -> None:
    clip = CAMERA.clip_matrix().astype(np.float64) @ [x, y, z, 1.0]
    seen = CAMERA.project(np.array([[x, y, z]]))[0]
    assert NEAR < clip[3] < FAR
    assert clip[0] / clip[3] == pytest.approx(2 * seen[0] / 1280 - 1, abs=1e-4)
    assert clip[1] / clip[3] == pytest.approx(1 - 2 * seen[1] / 720, abs=1e-4)


def test_attention_hangs_the_arms_and_stands_on_the_floor() -> None:
    bodies = load_bodies()
    body = bodies.skin(bodies.near, 0, np.tile(np.eye(3), (len(PARTS), 1, 1)))
    assert body[:, 2].min() == pytest.approx(0, abs=1e-5)
    assert 1.5 < body[:, 2].max() < 2.4
    assert np.ptp(body[:, 0]) < 0.9  # arms beside the body, not stretched out


def test_a_raised_arm_is_the_highest_part() -> None:
    bodies = load_bodies()
    pose = pose_from_angles({"upperarm.R": (175, 0, 0)})
    body = bodies.skin(bodies.near, 0, pose)
    part = bodies.near.weights.argmax(axis=1)
    assert PARTS[part[body[:, 2].argmax()]] == "hand.R"


def test_a_cast_is_skinned_together_as_one_by_one() -> None:
    bodies, rng = load_bodies(), np.random.default_rng(3)
    shapes, pelvis = (0, 5, 5), np.array([1.0, 0.9, 0.8])
    trousers = (False, True, False)
    poses = np.stack([random_pose(kind, rng) for kind in ("run", "defend", "shoot")])
    vertices, normals = pose_all(troupe(bodies, bodies.near, shapes, trousers), poses, pelvis)
    for i, shape in enumerate(shapes):
        alone = bodies.skin_many(
            bodies.near, shape, poses[i : i + 1], pelvis[i : i + 1], trousers[i]
        )
        assert np.abs(vertices[i] - alone[0][0]).max() < 1e-5
        assert np.abs(normals[i] - alone[1][0]).max() < 1e-4


def test_cloth_lies_in_folds_that_deepen_towards_the_hem() -> None:
    angle, z = np.meshgrid(np.linspace(-3, 3, 40), np.linspace(0.5, 1.4, 30))
    ring = np.stack([0.15 * np.sin(angle), -0.15 * np.cos(angle), z], axis=2).reshape(-1, 3)
    jersey, shorts = ring[:, 2] > 0.95, ring[:, 2] < 0.9
    out = folds(ring.astype(np.float32), jersey, shorts, (1.4, 0.95, 0.5), 3)
    assert not out[~jersey & ~shorts].any()
    assert np.abs(out[ring[:, 2] > 1.39]).max() < 0.001  # flat on the chest
    assert 0.005 < out[jersey].max() < 0.0121
    assert 0.005 < out[shorts].max() < 0.0151


def test_trousers_do_not_flare_as_shorts_do() -> None:
    bodies = load_bodies()
    mesh, knee = bodies.near, bodies.joints[0, PARTS.index("shin.L"), 2]
    left = mesh.weights.argmax(axis=1) == PARTS.index("thigh.L")
    hem = left & (mesh.region == REGIONS.index("shorts")) & (mesh.rest[0][:, 2] < knee + 0.22)
    calf = mesh.region == REGIONS.index("shin")
    shorts, trousers = (bodies.rest(mesh, 0, dressed) for dressed in (False, True))
    assert 0.05 < np.ptp(shorts[hem, 1]) - np.ptp(trousers[hem, 1]) < 0.12
    assert np.ptp(trousers[calf, 1]) > np.ptp(shorts[calf, 1])


@pytest.mark.parametrize("shape", range(0, 24, 6))
def test_bodies_are_dressed_from_head_to_foot(shape: int) -> None:
    mesh = load_bodies().near
    height = {r: mesh.rest[shape][mesh.region == i, 2].mean() for i, r in enumerate(REGIONS)}
    assert height["hair"] > height["jersey"] > height["shorts"] > height["socks"]
    assert height["socks"] > height["shoes"]


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=30)
def test_running_is_periodic_and_made_of_rotations(phase: float, effort: float) -> None:
    pose = running_pose(phase, effort)
    assert pose @ np.swapaxes(pose, 1, 2) == pytest.approx(
        np.tile(np.eye(3), (len(PARTS), 1, 1)), abs=1e-9
    )
    assert running_pose(phase + 1, effort) == pytest.approx(pose, abs=1e-6)


def test_blending_starts_and_ends_at_its_poses() -> None:
    rng = np.random.default_rng(0)
    first, second = random_pose("stand", rng), random_pose("defend", rng)
    assert blend_poses(first, second, 0.0) == pytest.approx(first)
    assert blend_poses(first, second, 1.0) == pytest.approx(second)


def test_a_take_with_other_joints_is_refused(tmp_path: Path) -> None:
    take = tmp_path / "take.bvh"
    take.write_text(
        "HIERARCHY\nROOT Hips\n{\nOFFSET 0 0 0\nCHANNELS 3 Zrotation Yrotation Xrotation\n}\n"
        "MOTION\nFrames: 1\nFrame Time: 0.1\n0 0 0\n"
    )
    with pytest.raises(InputError, match="LeftArm"):
        read_bvh(take, 1)


def test_floors_are_as_large_as_their_court() -> None:
    for court in (NBA, FIBA):
        floor = paint_floor(court, False, np.random.default_rng(1))
        assert floor.shape[1] / floor.shape[0] == pytest.approx(
            (court.length + 2 * MARGIN) / (court.width + 2 * MARGIN), rel=0.01
        )


def test_degrading_is_seeded_and_keeps_the_shape() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (90, 160, 3)).astype(np.uint8)
    first, second = (degrade(picture, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == picture.shape


def test_graphics_change_the_picture_where_they_say() -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    covered = add_graphics(picture, np.random.default_rng(2))
    assert covered.any()
    assert picture[covered].any()


@pytest.mark.skipif(not has_renderer(), reason="no OpenGL: apt-get install libegl1 libgl1-mesa-dri")
@pytest.mark.parametrize("compress", [True, False])
def test_rendered_pictures_are_the_same_twice_and_true(tmp_path: Path, compress: bool) -> None:
    for name in ("first", "second"):
        folder = tmp_path / name
        render_training_set(
            folder, 2, seed=5, drawn=(480, 270), stored=(320, 180), compress=compress
        )
    for i in range(2):
        example = load_example(tmp_path / "first" / f"{i:06d}.npz")
        again = load_example(tmp_path / "second" / f"{i:06d}.npz")
        assert np.array_equal(example.picture, again.picture)
        assert example.picture.shape == (180, 320, 3)
        check_truth(example.ids, example.truth.boxes, example.truth.kinds, example.truth.owner)
        assert ((example.truth.visibility >= 0) & (example.truth.visibility <= 1)).all()
        assert as_camera(example.camera, 320, 180).clip_matrix().shape == (4, 4)


def check_truth(ids: np.ndarray, boxes: np.ndarray, kinds: np.ndarray, owner: np.ndarray) -> None:
    """Every pixel of a person lies in that person's box, and every person has one box."""
    people = kinds < KINDS.index("ball")
    assert people.sum() >= 1
    assert len(set(owner[people].tolist())) == people.sum()
    for box, number in zip(boxes[people], owner[people], strict=True):
        y, x = np.nonzero(ids == number)
        inside = (x + 1.5 > box[0]) & (x - 0.5 < box[2]) & (y + 1.5 > box[1]) & (y - 0.5 < box[3])
        assert inside.all()


def test_the_sample_shows_what_the_main_job_must_find() -> None:
    truth = json.loads((EXAMPLES / "sample.truth.json").read_text())
    assert (EXAMPLES / "sample.mp4").stat().st_size < 3_000_000
    teams = [p["team"] for p in truth["people"] if p["kind"] == "player"]
    assert sorted(teams) == ["A"] * 5 + ["B"] * 5
    assert sum(p["kind"] == "referee" for p in truth["people"]) >= 2
    assert any(b["visibility"] < 0.4 for b in truth["boxes"]), "somebody is hidden at times"
    assert all(len(frame["points"]) >= 3 for frame in truth["court"])
    assert any(b["number_visible"] for b in truth["boxes"])
    assert len(truth["masks"]) == len(truth["boxes"])
