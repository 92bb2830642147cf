"""Work that runs beside the caller: a generator drawn ahead of time in a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import cv2

T = TypeVar("T")


@contextmanager
def opencv_in_one_thread() -> Iterator[None]:
    """Keep OpenCV from sharing pictures among threads of its own: ours already take the cores."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


class _End:
    """Marks the end of the items, with the error that ended them, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T], depth: int) -> Generator[T, None, None]:
    """Yield the items in order while a thread makes up to `depth` of them ahead.

    An error in the thread is raised here, where the item would have come; leaving the loop early
    stops the thread. Nothing depends on timing but speed.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(depth)
    stopped = threading.Event()
    worker = threading.Thread(target=_fill, args=(items, waiting, stopped), daemon=True)
    worker.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        worker.join()


def _fill(items: Iterable[T], waiting: queue.Queue[T | _End], stopped: threading.Event) -> None:
    end = _End()
    try:
        for item in items:
            if not _put(waiting, item, stopped):
                return
    except BaseException as error:
        end = _End(error)
    _put(waiting, end, stopped)


def _put(waiting: queue.Queue[T | _End], item: T | _End, stopped: threading.Event) -> bool:
    while not stopped.is_set():
        try:
            # A plain blocking put would never notice that nobody takes any more.
            waiting.put(item, timeout=0.1)
            return True
        except queue.Full:
            continue
    return False
