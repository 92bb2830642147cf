"""Rendered pictures for a training: rendered by processes beside it, read by a thread."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from multiprocessing import get_context
from typing import Any

import torch

from courtside.errors import InputError
from courtside.simulate.dataset import Job, render_part
from courtside.simulate.seeds import training_seed
from courtside.train.plan import Plan
from courtside.train.pool import Pool, empty_pool, to_record

PATIENCE = 300.0  # seconds without a new picture
READERS, BUNCH = 4, 256  # threads that decode pictures, and how many they take at once


@contextmanager
def pictures(plan: Plan) -> Iterator[Pool]:
    """The pool of a training, filled from `plan.data` as long as the block runs.

    Raises:
        InputError: when no pictures come.
    """
    pool = empty_pool(plan.capacity, torch.device(plan.device))
    renderers = _start_rendering(plan)
    stop = threading.Event()
    reader = threading.Thread(target=_keep_reading, args=(plan, pool, stop), daemon=True)
    reader.start()
    try:
        _wait_for_pictures(plan, pool)
        yield pool
    finally:
        stop.set()
        reader.join()
        for renderer in renderers:
            renderer.terminate()


def _start_rendering(plan: Plan) -> list[Any]:
    plan.data.mkdir(parents=True, exist_ok=True)
    context = get_context("spawn")
    job = Job(plan.data, plan.pictures, training_seed(plan.seed), plan.motion)
    renderers = [
        context.Process(
            target=render_part,
            args=(job, k, plan.renderers),
            daemon=True,
        )
        for k in range(plan.renderers)
    ]
    for renderer in renderers:
        renderer.start()
    return renderers


def _keep_reading(plan: Plan, pool: Pool, stop: threading.Event) -> None:
    """Take new pictures into the pool as they are rendered."""
    cuda = plan.device == "cuda"
    # On a stream of its own, or every copy would wait for the training's queue.
    stream = torch.cuda.stream(torch.cuda.Stream()) if cuda else nullcontext()
    read = partial(to_record, seed=plan.seed)
    with stream, ThreadPoolExecutor(READERS) as readers:
        while not stop.is_set():
            names = set(os.listdir(plan.data)) - pool.loaded
            new = [plan.data / name for name in sorted(names) if name.endswith(".npz")][:BUNCH]
            for path, record in zip(new, readers.map(read, new), strict=True):
                pool.take_in(path, record)
            stop.wait(0.0 if new else 1.0)


def _wait_for_pictures(plan: Plan, pool: Pool) -> None:
    begun = time.monotonic()
    seen = 0
    while len(pool.loaded) < plan.first:
        if len(pool.loaded) > seen:
            seen, begun = len(pool.loaded), time.monotonic()
        if time.monotonic() - begun > PATIENCE:
            raise InputError(f"{seen} of {plan.first} pictures came to {plan.data}, and no more")
        time.sleep(0.2)
