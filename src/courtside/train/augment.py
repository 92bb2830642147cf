"""Every showing of a picture differs: another cut, another camera, another encoder.

All on the device that trains, for a whole batch at once. Pictures are float (n, 3, h, w) BGR, 0 to
1; places are pixels, x to the right, y down, the first pixel's corner at 0.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from courtside.court.shapes import HALF_TURN, MIRROR, needs_half_turn
from courtside.train.pool import Records

# Rows and columns of what is shown: the net's two inputs, and a smaller cut for slow machines.
LANDSCAPE, PORTRAIT, CUT = (544, 960), (960, 544), (384, 640)
SHARES: dict[str, tuple[float, float, float]] = {
    "cuda": (0.88, 0.12, 0.0),
    "cpu": (0.14, 0.04, 0.82),
}
WHOLE_SHARE = 0.4  # of the landscape pictures: the whole picture, as the net will see it
KERNEL = 11  # pixels a side of the blurs
NOISE, SMALLER = 0.035, 0.35  # strongest noise; share of pictures that come from a smaller video
TINTED = 0.06  # share of venues in coloured light


def random_views(batch: Records, rng: np.random.Generator) -> Records:
    """Cut, scale and flip a batch of `Pool.records` at random; the truth goes with it.

    `picture` becomes float (n, 3, h, w), `ids` int64 (n, h, w) in one of the net's input sizes.
    """
    device = batch["picture"].device
    size = (LANDSCAPE, PORTRAIT, CUT)[int(rng.choice(3, p=SHARES[device.type]))]
    scale, shift = random_placing(batch["picture"].shape[-2:], size, len(batch["view"]), rng)
    scale, shift = scale.to(device), shift.to(device)
    seen = dict(batch)
    # Half floats: the whole batch at full precision would not fit beside the pool.
    kind = torch.float16 if device.type == "cuda" else torch.float32
    grid = _grid(batch["picture"].shape[-2:], size, scale, shift)
    picture = batch["picture"].to(kind) / 255
    seen["picture"] = functional.grid_sample(picture, grid.to(kind), align_corners=False).float()
    ids = batch["ids"][:, None].to(kind)
    nearest = functional.grid_sample(ids, grid.to(kind), mode="nearest", align_corners=False)
    seen["ids"] = nearest[:, 0].round().long()
    return _move_truth(seen, scale, shift)


def random_placing(
    source: torch.Size, size: tuple[int, int], count: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Scale (n, 2) and shift (n, 2) in x, y from source pixels to the net's; x < 0 is flipped."""
    low, high = (1.2, 2.2) if size == PORTRAIT else (0.62, 1.8)
    whole = rng.uniform(size=count) < (WHOLE_SHARE if size == LANDSCAPE else 0.0)
    scale = np.where(whole, 1.0, np.exp(rng.uniform(np.log(low), np.log(high), count)))
    both = np.stack([scale * np.exp(rng.normal(0, 0.03 * ~whole, count)), scale], axis=1)
    space = np.array(size[::-1]) - both * np.array(source[::-1])
    place = np.where(whole[:, None], 0.0, rng.uniform(size=(count, 2)))
    shift = space * place
    flip = rng.uniform(size=count) < 0.5
    shift[flip, 0] += both[flip, 0] * source[1]
    both[flip, 0] *= -1
    return torch.from_numpy(both).float(), torch.from_numpy(shift).float()


def _grid(source: torch.Size, size: tuple[int, int], scale: Tensor, shift: Tensor) -> Tensor:
    """Where in the source each pixel lies, (n, h, w, 2), in grid_sample's -1 to 1."""
    x = (torch.arange(size[1], device=scale.device) + 0.5 - shift[:, :1]) / scale[:, :1]
    y = (torch.arange(size[0], device=scale.device) + 0.5 - shift[:, 1:]) / scale[:, 1:]
    x, y = x / source[1] * 2 - 1, y / source[0] * 2 - 1
    return torch.stack(
        [x[:, None].expand(-1, size[0], -1), y[:, :, None].expand(-1, -1, size[1])], dim=-1
    )


def _move_truth(batch: Records, scale: Tensor, shift: Tensor) -> Records:
    corners = batch["boxes"].unflatten(-1, (2, 2)) * scale[:, None, None] + shift[:, None, None]
    low, high = corners.amin(dim=2), corners.amax(dim=2)
    batch["boxes"] = torch.cat([low, high], dim=-1)
    batch["points"] = _renamed(batch, batch["points"] * scale[:, None] + shift[:, None], scale)
    moved = torch.zeros(len(scale), 3, 3, device=scale.device)
    moved[:, 0, 0], moved[:, 1, 1], moved[:, 2, 2] = scale[:, 0], scale[:, 1], 1.0
    moved[:, :2, 2] = shift
    batch["floor"] = moved @ batch["floor"]
    return batch


def _renamed(batch: Records, points: Tensor, scale: Tensor) -> Tensor:
    """The court points of flipped pictures under the names that the flipped camera gives them."""
    kept, mirrored = torch.arange(len(MIRROR)), torch.tensor(MIRROR)
    turned = mirrored[torch.tensor(HALF_TURN)]
    flipped = zip(batch["eye"].tolist(), (scale[:, 0] < 0).tolist(), strict=True)
    order = [
        kept if not flip else turned if needs_half_turn(-x, y) else mirrored
        for (x, y), flip in flipped
    ]
    index = torch.stack(order).to(points.device)
    return torch.gather(points, 1, index[..., None].expand_as(points))


def degrade_batch(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Pictures as cameras, encoders and networks would leave them; pairs share their light."""
    picture = _light(picture, rng)
    return _spoilt_together(picture, rng) if picture.is_cuda else _spoilt_singly(picture, rng)


def _spoilt_together(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Blur, noise and coding of a whole batch: quick on a graphics card."""
    picture = _resampled(_blurred(picture, rng), rng)
    noise = rng.uniform(0, NOISE, len(picture)) * (rng.uniform(size=len(picture)) < 0.6)
    picture = picture + torch.randn_like(picture) * _each(picture, noise)
    return _compressed(picture.clamp(0, 1), rng).clamp(0, 1)


def _spoilt_singly(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """The same, picture by picture in OpenCV: quick on a processor."""
    pictures = (picture * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    spoilt = [_spoilt(np.ascontiguousarray(one), rng) for one in pictures]
    return torch.from_numpy(np.stack(spoilt)).permute(0, 3, 1, 2).float() / 255


def _spoilt(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    out = cv2.filter2D(picture, -1, random_kernel(rng))
    if rng.uniform() < SMALLER:
        share = rng.uniform(0.4, 0.9)
        small = (round(width * share), round(height * share))
        out = cv2.resize(cv2.resize(out, small, interpolation=cv2.INTER_AREA), (width, height))
    if rng.uniform() < 0.6:
        grain = np.empty(out.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(grain, np.zeros(3), np.full(3, 255 * rng.uniform(0, NOISE)))
        out = np.clip(out + grain, 0, 255).astype(np.uint8)
    if rng.uniform() < 0.85:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 95))]
        coded = cv2.imencode(".jpg", out, quality)[1]
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(out, np.uint8)


def _each(picture: Tensor, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Tensor:
    """One value a picture (n,) or a channel (n, 3), to be spread over (n, 3, h, w)."""
    tensor = torch.from_numpy(np.asarray(values)).to(picture)
    return tensor.reshape(len(picture), -1, 1, 1)


def _light(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Exposure, contrast, gamma, white balance and saturation, alike for the two of a venue."""
    n = len(picture) // 2

    def alike(low: float, high: float, width: int = 1) -> Tensor:
        return _each(picture, np.repeat(rng.uniform(low, high, (n, width)), 2, axis=0))

    gamma, gain, lift = alike(0.6, 1.35), alike(0.75, 1.45), alike(-0.06, 0.06)
    picture = lift + gain * _tint(picture, rng) * picture.clamp(1e-4, 1) ** gamma
    grey = picture.mean(dim=1, keepdim=True)
    picture = grey + (picture - grey) * alike(0.35, 1.35)
    return picture.clamp(0, 1)


def _tint(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """White balance, for some venues far off: coloured lamps, and effects of editing rooms."""
    n = len(picture) // 2
    strong = rng.uniform(size=(n, 1)) < TINTED
    shares = np.where(strong, rng.uniform(0.3, 1.4, (n, 3)), rng.uniform(0.82, 1.2, (n, 3)))
    return _each(picture, np.repeat(shares, 2, axis=0))


def _blurred(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Out of focus, panned, or sharpened by the camera: one kernel for each picture."""
    kernels = np.stack([random_kernel(rng) for _ in range(len(picture))])
    weight = torch.from_numpy(kernels).to(picture)[:, None].repeat_interleave(3, dim=0)
    flat = picture.reshape(1, -1, *picture.shape[2:])
    out = functional.conv2d(flat, weight, padding=KERNEL // 2, groups=flat.shape[1])
    return out.reshape(picture.shape).clamp(0, 1)


def random_kernel(rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """One blur or sharpening, (KERNEL, KERNEL), adding up to 1."""
    away = np.arange(KERNEL) - KERNEL // 2
    y, x = np.meshgrid(away, away, indexing="ij")
    choice = rng.uniform()
    sigma = rng.uniform(0.3, 1.5) if choice < 0.5 else 0.8
    kernel = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    if 0.5 <= choice < 0.65:  # the camera pans, or the player runs
        angle, length = rng.normal(0, 0.5), rng.uniform(1, 5)
        along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        kernel = np.exp(-(across**2) / 0.5) * (np.abs(along) <= length)
    kernel /= kernel.sum()
    identity = ((x == 0) & (y == 0)).astype(np.float64)
    if 0.65 <= choice < 0.8:
        amount = rng.uniform(0.2, 1.2)
        kernel = (1 + amount) * identity - amount * kernel
    return np.asarray(identity if choice >= 0.8 else kernel, np.float32)


def _resampled(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Some pictures come from a smaller video."""
    small = np.flatnonzero(rng.uniform(size=len(picture)) < SMALLER)
    if len(small) == 0:
        return picture
    share = float(rng.uniform(0.4, 0.9))
    down = functional.interpolate(
        picture[small], scale_factor=share, mode="bilinear", antialias=True
    )
    picture = picture.clone()
    picture[small] = functional.interpolate(down, size=picture.shape[2:], mode="bilinear")
    return picture


def _compressed(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """What coarse quantisation of 8 x 8 cosine transforms leaves, as in JPEG and H.264."""
    n, _, h, w = picture.shape
    basis = _cosines(picture)
    planes = _to_luma(picture).reshape(3 * n, 1, h, w)
    waves = functional.conv2d(planes, basis, stride=8)
    strength = rng.uniform(0.0, 0.05, n) * (rng.uniform(size=n) < 0.85)
    # Fine detail and colour are coded more coarsely.
    order = torch.arange(8, device=picture.device)
    fine = 1 + (order[:, None] + order).reshape(1, 1, 64) * 0.6
    coarse = torch.tensor([1.0, 1.8, 1.8], device=picture.device).reshape(1, 3, 1)
    step = torch.from_numpy(strength).to(picture).reshape(n, 1, 1) * fine * coarse + 1e-6
    step = step.reshape(3 * n, 64, 1, 1)
    planes = functional.conv_transpose2d((waves / step).round() * step, basis, stride=8)
    return _to_bgr(planes.reshape(n, 3, h, w))


def _cosines(like: Tensor) -> Tensor:
    """The 64 orthonormal waves of the 8 x 8 cosine transform, (64, 1, 8, 8)."""
    k = torch.arange(8, device=like.device, dtype=torch.float32)
    basis = torch.cos((2 * k[None] + 1) * k[:, None] * torch.pi / 16) * 0.5
    basis[0] /= 2**0.5
    return torch.einsum("ui,vj->uvij", basis, basis).reshape(64, 1, 8, 8)


_LUMA = [[0.114, 0.587, 0.299], [0.5, -0.331, -0.169], [-0.081, -0.419, 0.5]]  # BT.601, from BGR


def _to_luma(picture: Tensor) -> Tensor:
    return torch.einsum("ij,njhw->nihw", torch.tensor(_LUMA, device=picture.device), picture)


def _to_bgr(planes: Tensor) -> Tensor:
    back = torch.linalg.inv(torch.tensor(_LUMA)).to(planes.device)
    return torch.einsum("ij,njhw->nihw", back, planes)
