"""Work in a process of its own: what it makes comes back item by item, in order.

Threads of one Python interpreter wait for one another whenever they compute in Python; a process
does not. It is started as `python -m MODULE`, so that a user's own script is not run again.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

from courtside.errors import MachineError

if sys.platform == "linux":
    import fcntl

Work = Callable[[object], Generator[Any, None, None]]
PIPE_BYTES = 1 << 20  # what Linux lets every user have
# NumPy's OpenBLAS would share small matrices between threads that wait for each other awake.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class _End:
    """Follows the last item, with the error that ended the work, if any."""

    error: BaseException | None = None


@contextmanager
def beside(module: str) -> Iterator[Work]:
    """Start a module's process, which loads while the caller does other things; leaving ends it.

    Args:
        module: its name; when run, it calls `serve`.

    Yields:
        A function that yields what the process makes of the one task it is given, which is
        pickled. It raises MachineError when the process is ended from outside, and whatever was
        raised there.
    """
    path = os.pathsep.join(folder for folder in sys.path if folder)
    command = [sys.executable, "-m", module]
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": path}
    pipe = subprocess.PIPE
    # A session of its own: Ctrl-C is for the process that waits, which ends this one.
    with subprocess.Popen(
        command, env=environment, stdin=pipe, stdout=pipe, start_new_session=True
    ) as worker:
        try:
            yield lambda task: _made(worker, task)
        finally:
            worker.kill()


def _made(worker: subprocess.Popen[bytes], task: object) -> Generator[Any, None, None]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    _widen(worker.stdout)
    _give(worker.stdin, task)
    while not isinstance(item := _take(worker.stdout), _End):
        yield item
    if item.error is not None:
        raise item.error


def _widen(pipe: IO[bytes]) -> None:
    """Make a pipe hold most of a picture, where the system can.

    Each read waits for its turn to run Python: 3 MB in pieces of 64 KB wait 45 times.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _give(pipe: IO[bytes], task: object) -> None:
    # Whether the process has ended is told by the read that follows.
    with suppress(BrokenPipeError):
        pickle.dump(task, pipe)
    with suppress(BrokenPipeError):
        pipe.close()


def _take(pipe: IO[bytes]) -> Any:
    try:
        return pickle.load(pipe)
    except (EOFError, pickle.UnpicklingError):
        raise MachineError(
            "a process of courtside was ended from outside (too little memory?): "
            "the same command goes on where it stopped"
        ) from None


def serve(make: Callable[[Any], Iterable[object]]) -> None:
    """Do the work of `beside` in its process: read the task, write what `make` makes of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits decides
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get among the items
    try:
        task = pickle.load(sys.stdin.buffer)
    except (EOFError, pickle.UnpicklingError):  # who started this was ended before it had a task
        return
    try:
        for item in _with_end(make, task):
            pickle.dump(item, pipe, protocol=pickle.HIGHEST_PROTOCOL)
            pipe.flush()
    except BrokenPipeError:  # nobody waits any more
        os._exit(0)


def _with_end(make: Callable[[Any], Iterable[object]], task: object) -> Iterable[object]:
    try:
        yield from make(task)
    except Exception as error:
        error.add_note(traceback.format_exc())
        yield _End(error)
    else:
        yield _End()
