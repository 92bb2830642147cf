"""Work in a process of its own: items in order, errors as raised there, an end from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from courtside.beside import beside
from courtside.errors import InputError, MachineError

WORKER = """
import os, signal
from courtside.beside import serve
from courtside.errors import InputError

def work(task):
    print("a library's chatter must not get among the items")
    for number in range(task["count"]):
        yield number
    match task["end"]:
        case "refused":
            raise InputError("no such thing")
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    serve(work)
"""


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "courtside_test_worker.py").write_text(WORKER)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    return "courtside_test_worker"


def made(module: str, task: object) -> Generator[Any, None, None]:
    with beside(module) as work:
        yield from work(task)


def test_items_come_in_order(worker: str) -> None:
    assert list(made(worker, {"count": 500, "end": ""})) == list(range(500))


def test_an_error_comes_after_the_items_before_it(worker: str) -> None:
    seen: list[int] = []
    with pytest.raises(InputError, match="no such thing"):
        seen.extend(made(worker, {"count": 3, "end": "refused"}))
    assert seen == [0, 1, 2]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_process_ended_from_outside_is_told(worker: str) -> None:
    with pytest.raises(MachineError, match="same command goes on"):
        list(made(worker, {"count": 2, "end": "killed"}))


def test_a_module_that_cannot_start_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MachineError):
        list(made("courtside.no_such_module", None))
    assert "no_such_module" in capfd.readouterr().err


def test_leaving_early_ends_the_process(worker: str) -> None:
    items = made(worker, {"count": 10**9, "end": ""})
    assert next(items) == 0
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if not children.exists():
        pytest.skip("this system does not list the children of a process")
    before = len(children.read_text().split())
    items.close()
    assert len(children.read_text().split()) == before - 1


def test_a_process_whose_starter_was_killed_ends_in_silence(worker: str) -> None:
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-m", worker],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert not done.stderr
    assert not done.stdout


def test_a_process_without_a_task_ends_too(worker: str) -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if not children.exists():
        pytest.skip("this system does not list the children of a process")
    with beside(worker):
        waiting = children.read_text().split()
    assert len(children.read_text().split()) == len(waiting) - 1
