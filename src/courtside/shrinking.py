"""Pictures at another size: quickly where that does no harm."""

import cv2
import numpy as np
from numpy.typing import NDArray

# Two by two pixels make one of a bilinear picture, so up to this factor none is left out. Means
# over areas take four times as long (3.5 ms for one of 720p) and find the same people.
BILINEAR = 2.0


def resized(
    image: NDArray[np.uint8], size: tuple[int, int], into: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Return a picture (h, w, channels) at `size`, its new width and height in pixels.

    It is written `into` an array of that size where there is one.
    """
    factor = max(image.shape[1] / size[0], image.shape[0] / size[1])
    method = cv2.INTER_LINEAR if factor <= BILINEAR else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, dst=into, interpolation=method), np.uint8)
