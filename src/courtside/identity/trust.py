"""How sure each stretch belongs to its person: most where the number was read, less with distance.

A chain of two states, "this is the player" or not, runs along the person's stretches in the order
of time. From one stretch to the next it holds as surely as the two are one; each stretch's own
reads speak for or against it. The sum over all chains (forward and backward) gives the
probability of each stretch, so that one between two clear reads is sure although it was not read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.identity.motion import Judge, continues
from courtside.identity.person import Person
from courtside.identity.rules import GOES_ON
from courtside.identity.score import link_odds
from courtside.identity.stretches import Stretch

Floats = NDArray[np.float64]
# One stretch's reads count no more than this for the number, and against it: wrong reads come in
# runs, so that all of a stretch's may be wrong together.
FOR_LIMIT = 4.0
AGAINST_LIMIT = -1.2
# A link is never believed to be surer.
SUREST = 0.995
# Two that follow closely were joined with at least this probability.
JOINED = 0.9
# Who is not the player becomes so again by chance: a track swapped back, about one of thirteen.
BACK = 0.08
# Across a meeting in which somebody was hidden a link errs so many times more often than it is said
# to, down to no better than chance: looks and places of a crowd all err together. Drawn numbers of
# the simulated benchmark that are right, of how many: with 1 .983 of 3,428, 2 .986 of 3,355, 4 .990
# of 3,167.
DOUBTED, CHANCE = 4.0, 0.5


def trust(person: Person, number: int, judge: Judge) -> tuple[float, ...]:
    """Return the probability that each stretch shows the wearer of a number.

    Args:
        person: two stretches or more; of a single one nothing can be told: it is 1.
        number: place of the number among all.
        judge: what pairs are judged with.
    """
    if len(person.stretches) < 2:
        return (1.0,)
    own = _own_odds(person, number, judge)
    links = _links(person, judge)
    before = _along(own, links)
    after = _along(own[::-1], links[::-1])[::-1]
    odds = own + before + after
    # The surest stretch is what the number was decided from: its own doubt is the decision's.
    chance = 1 / (1 + np.exp(-odds))
    return tuple((chance / chance.max()).tolist())


def _own_odds(person: Person, number: int, judge: Judge) -> Floats:
    """Return how much each stretch's reads speak for the number, in log odds."""
    prior = max(float(judge.number_prior[number]), 1e-9)
    likely = [s.evidence.posterior(judge.number_prior)[number] for s in person.stretches]
    odds = np.log(np.maximum(likely, 1e-12) / prior)
    return np.asarray(odds.clip(AGAINST_LIMIT, FOR_LIMIT), np.float64)


def _links(person: Person, judge: Judge) -> Floats:
    """Return the probability that each stretch and the next show one person, reads left aside."""
    pairs = zip(person.stretches, person.stretches[1:], strict=False)
    links = [_link(early, late, judge) for early, late in pairs]
    return np.asarray(np.clip(links, None, SUREST), np.float64)


def _link(early: Stretch, late: Stretch, judge: Judge) -> float:
    odds, soon = link_odds(early, late, judge)
    sure = max(float(1 / (1 + np.exp(-odds))), float(np.nan_to_num(late.lined_up)))
    if not continues(early.presence, late.presence):
        return max(sure, JOINED) if soon else sure
    doubted = late.presence.stays < GOES_ON
    return max(CHANCE, 1 - DOUBTED * (1 - sure)) if doubted else max(sure, JOINED)


def _along(own: Floats, links: Floats) -> Floats:
    """Return what all stretches before each say of it, in log odds; nothing for the first."""
    told = np.zeros(len(own))
    for place, link in enumerate(links):
        here = 1 / (1 + np.exp(-(told[place] + own[place])))
        onward = here * link + (1 - here) * (1 - link) * BACK
        away = here * (1 - link) + (1 - here) * (1 - (1 - link) * BACK)
        told[place + 1] = np.log(onward / away)
    return told
