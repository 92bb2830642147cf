"""What basketball bodies do, as joint angles in degrees: (flex, side, twist) to the parent part.

flex lifts a hanging limb forwards, side away from the body, twist turns it about its length.
"""

from collections.abc import Mapping
from typing import Literal, get_args

_Common = Literal[
    "stand", "run", "walk", "defend", "shoot", "jump", "reach", "sit", "crouch", "arms"
]
_Special = Literal[
    "drive", "hold", "post", "box", "screen", "hips", "point", "layup", "dunk", "slump"
]
PoseKind = Literal[_Common, _Special]
POSE_KINDS: tuple[PoseKind, ...] = get_args(PoseKind)
Angles = dict[str, tuple[float, float, float]]


def _both(**parts: tuple[float, float, float]) -> Angles:
    return {f"{name}.{s}": angle for name, angle in parts.items() for s in "LR"}


_LOW = _both(thigh=(58, 18, 0), shin=(-62, 0, 0), foot=(6, 0, 0))
_BENT = _both(thigh=(28, 14, 0), shin=(-38, 0, 0), foot=(8, 0, 0))

STANCES: Mapping[PoseKind, Angles] = {
    "stand": _both(thigh=(3, 5, 0), shin=(-6, 0, 0), upperarm=(4, 10, 0), forearm=(18, 0, 0)),
    "walk": {},  # `running_pose` makes it, as it makes "run"
    "run": {},
    "defend": {"pelvis": (-22, 0, 0), "neck": (12, 0, 0)}
    | _both(thigh=(62, 24, 0), shin=(-68, 0, 0), foot=(10, 0, 0))
    | _both(upperarm=(35, 45, 0), forearm=(50, 0, 0)),
    "crouch": {"pelvis": (-45, 0, 0), "neck": (25, 0, 0)}
    | _both(thigh=(75, 12, 0), shin=(-60, 0, 0), upperarm=(45, 8, 0), forearm=(30, 0, 0)),
    "shoot": {"chest": (4, 0, 0), "upperarm.R": (150, 12, 0), "forearm.R": (40, 0, 0)}
    | {"upperarm.L": (130, 14, 0), "forearm.L": (55, 0, 0)}
    | _both(thigh=(10, 4, 0), shin=(-16, 0, 0), foot=(-30, 0, 0)),
    "jump": {"upperarm.R": (165.0, 8.0, 0.0), "forearm.R": (12.0, 0.0, 0.0)}
    | {"upperarm.L": (70.0, 25.0, 0.0)}
    | {"thigh.L": (55, 5, 0), "shin.L": (-75, 0, 0), "thigh.R": (0, 3, 0), "shin.R": (-20, 0, 0)}
    | {"foot.L": (-30, 0, 0), "foot.R": (-40, 0, 0), "forearm.L": (40, 0, 0)},
    "reach": {"upperarm.L": (165, -12, 0), "upperarm.R": (165, -12, 0)}
    | _both(forearm=(12, 0, 0), thigh=(8, 8, 0), shin=(-15, 0, 0)),
    "arms": _both(upperarm=(25, 75, 0), forearm=(20, 0, 0), thigh=(15, 12, 0), shin=(-22, 0, 0)),
    "sit": {"pelvis": (4, 0, 0), "chest": (-12, 0, 0)}
    | _both(thigh=(86, 10, 0), shin=(-85, 0, 0), upperarm=(28, 12, 0), forearm=(50, 0, 0)),
    "slump": {"pelvis": (-12, 0, 0), "chest": (-22, 0, 0), "neck": (10, 0, 0)}
    | _both(thigh=(98, 16, 0), shin=(-92, 0, 0), upperarm=(42, 4, 0), forearm=(62, 0, 0)),
    # The ball low at the right hand, the other arm fends off.
    "drive": {"pelvis": (-30.0, 0.0, 8.0), "neck": (18.0, 0.0, 0.0)}
    | {"thigh.L": (66.0, 8.0, 0.0), "shin.L": (-62.0, 0.0, 0.0)}
    | {"thigh.R": (14.0, 10.0, 0.0), "shin.R": (-46.0, 0.0, 0.0)}
    | {"upperarm.R": (24.0, 26.0, 0.0), "forearm.R": (40.0, 0.0, 0.0)}
    | {"upperarm.L": (44.0, 34.0, 0.0), "forearm.L": (70.0, 0.0, 0.0)},
    "hold": {"pelvis": (-12, 0, 0)} | _BENT | _both(upperarm=(10, 14, 16), forearm=(75, 0, 0)),
    # Back to the basket, arms out to feel the defender.
    "post": {"pelvis": (-16, 0, 0)}
    | _both(thigh=(44, 22, 0), shin=(-52, 0, 0))
    | {"upperarm.R": (100, 30, 0), "forearm.R": (40, 0, 0)}
    | {"upperarm.L": (20, 62, 0), "forearm.L": (60, 0, 0)},
    "box": {"pelvis": (-20, 0, 0)} | _LOW | _both(upperarm=(30, 68, 0), forearm=(75, 0, 0)),
    "screen": _both(
        thigh=(18, 20, 0), shin=(-28, 0, 0), upperarm=(18, 2, -35), forearm=(80, 0, -30)
    ),
    "hips": _both(thigh=(2, 8, 0), shin=(-5, 0, 0), upperarm=(-22, 38, 0), forearm=(80, 0, -60)),
    "point": {"upperarm.R": (88, 22, 0), "forearm.R": (6, 0, 0)}
    | _both(thigh=(6, 8, 0), shin=(-12, 0, 0)),
    "layup": {"upperarm.R": (160.0, 6.0, 0.0), "forearm.R": (22.0, 0.0, 0.0)}
    | {"thigh.R": (78, 4, 0), "shin.R": (-85, 0, 0), "thigh.L": (-8, 3, 0), "shin.L": (-14, 0, 0)}
    | {"foot.L": (-42, 0, 0), "foot.R": (-20, 0, 0), "upperarm.L": (95, 20, 0)}
    | {"forearm.L": (60, 0, 0), "pelvis": (-4, 0, 0)},
    "dunk": _both(upperarm=(158, 8, 0), forearm=(35, 0, 0), foot=(-32, 0, 0))
    | {
        "thigh.L": (40, 14, 0),
        "shin.L": (-80, 0, 0),
        "thigh.R": (12, 10, 0),
        "shin.R": (-60, 0, 0),
    },
}
