"""The embedded preset put together: nets of our own, and the stages in order."""

from __future__ import annotations

from collections.abc import Callable

from courtside.engine import Net, available_cores, load_net
from courtside.settings import Settings
from courtside.sport import SPORTS
from courtside.stage import LookStage, stateless
from courtside.weights import weights_path

PEOPLE_AT_ONCE = 8


def load_detector() -> Net:
    """Load the net that looks at whole pictures, ready for those that are wider than high."""
    from courtside.detect.embedded import LONG_SIDE, SHORT_SIDE

    # The detector runs beside the stages that follow people, so it leaves them half of the cores:
    # on two cores one thread takes 37 ms a picture, two take 33.
    threads = max(1, available_cores() // 2)
    usual = (1, SHORT_SIDE, LONG_SIDE, 3)
    return load_net(weights_path("detector"), threads=threads, usual=usual)


def first_stages(
    settings: Settings, detector: Callable[[], Net] = load_detector
) -> list[LookStage]:
    """Return the stages that need no followed people.

    Args:
        detector: called for the net with the first picture: most often another process does
            the work of these stages, and this one needs none.
    """
    from courtside.detect.stage import build_detector
    from courtside.video.motion import build_camera

    return [
        build_camera(),
        build_detector(detector, settings.detect),
    ]


def second_stages(settings: Settings) -> list[LookStage]:
    """Return the stages that follow people and what they wear."""
    # Imported here: a process that does the first half alone starts sooner without.
    from courtside.court.feet import build_feet
    from courtside.court.league import readings_of
    from courtside.court.stage import build_court
    from courtside.masks.cuts import CUT, CUT_CHANNELS
    from courtside.masks.stage import build_follower
    from courtside.numbers.embedded import CROP_SIDE
    from courtside.numbers.look import CROPS_A_FRAME, build_reader
    from courtside.teams.look import look_teams

    cuts = (PEOPLE_AT_ONCE, *CUT, CUT_CHANNELS)
    person = load_net(weights_path("person"), threads=1, usual=cuts)
    crops = (CROPS_A_FRAME, CROP_SIDE, CROP_SIDE, 3)
    numbers = load_net(weights_path("numbers"), threads=1, usual=crops)
    return [
        build_court(readings_of(settings)),
        build_follower(person, SPORTS[settings.sport]),
        build_feet(),
        stateless("teams", ["mask", "visibility"], ["kit"], look_teams),
        build_reader(numbers, settings.detect.number),
    ]
