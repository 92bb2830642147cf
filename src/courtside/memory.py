"""Memory given back to the system: what one step of a long job has freed, the next one needs."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Give back what was freed, where the C library would keep it for itself (glibc does).

    A heap that many small tables went through keeps its pages: after a long film's tables were
    put together as much lies free as is used.
    """
    # Other C libraries have no such function, and Windows no library of this process.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
