"""Which seeds are for what: nets never train on a game that the benchmark is played with."""

from __future__ import annotations

from courtside.errors import InputError

# For `courtside bench sim` alone.
BENCH_SEEDS = range(900_000, 901_000)


def training_seed(seed: int) -> int:
    """Return a seed that training pictures may be made from.

    Raises:
        InputError: when it is kept for the benchmark.
    """
    if seed in BENCH_SEEDS:
        raise InputError(
            f"seed {seed} is kept for the benchmark: train with one outside "
            f"{BENCH_SEEDS.start} to {BENCH_SEEDS.stop - 1}"
        )
    return seed
