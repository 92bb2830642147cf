"""Which printed numbers a frame shows: enough of their pixels, and ink that stands out."""

import cv2
import numpy as np
from numpy.typing import NDArray

NUMBER_SEEN = 40  # pixels of a printed number from which a reader has a chance
ABOUT = 4  # pixels about the digits in which their cloth is looked for
INK_SEEN = 20.0  # grey levels by which digits then differ from the cloth, in some colour channel


def number_boxes(ids: NDArray[np.uint8], picture: NDArray[np.uint8]) -> dict[int, list[float]]:
    """By id the box of the digits that show, where enough of their pixels do and stand out."""
    found = cv2.findNonZero(cv2.extractChannel(ids, 1))
    if found is None:
        return {}
    x, y = found.reshape(-1, 2).T
    wearers, boxes = ids[y, x, 0], {}
    for wearer in np.unique(wearers).tolist():
        xs, ys = x[wearers == wearer], y[wearers == wearer]
        if wearer and len(xs) >= NUMBER_SEEN:
            x1, y1, x2, y2 = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
            about = slice(max(0, y1 - ABOUT), y2 + ABOUT), slice(max(0, x1 - ABOUT), x2 + ABOUT)
            if _ink_stands_out(ids[about], picture[about], wearer):
                boxes[wearer] = [float(v) for v in (x1, y1, x2, y2)]
    return boxes


def _ink_stands_out(ids: NDArray[np.uint8], picture: NDArray[np.uint8], wearer: int) -> bool:
    """Whether digits differ from the cloth about them; in deep shadow and blur some do not."""
    mine, ink = ids[..., 0] == wearer, ids[..., 1] > 0
    digits, cloth = picture[mine & ink], picture[mine & ~ink]
    gap = np.abs(digits.mean(axis=0) - cloth.mean(axis=0)) if len(cloth) else np.zeros(1)
    return bool(gap.max() >= INK_SEEN)
