"""Every error courtside raises on purpose, one tree, one exit code a branch.

CourtsideError            1
├── InputError            3   the video or another input cannot be used
│   └── SettingsError     3   a setting is unknown or of the wrong type
├── MachineError          4   the machine cannot do it: disk, rights, missing extra, no GPU
├── RunConflictError      5   the run folder was made with other settings
└── InterruptedRunError 130   stopped by the user; the same command goes on
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

# Disk full, quota used up, file too large for the file system or its limit.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# No rights, no such folder, a file where a folder is needed, a disk that is only for reading.
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EROFS})


class CourtsideError(Exception):
    """Base of all errors with a one-line message meant for the user."""

    exit_code = 1


class InputError(CourtsideError):
    """The video, a settings file or a run folder cannot be used as it is."""

    exit_code = 3


class SettingsError(InputError):
    """A setting is unknown, of the wrong type or out of range."""


class MachineError(CourtsideError):
    """The input is fine, but this machine cannot do what was asked."""

    exit_code = 4


class RunConflictError(CourtsideError):
    """A run folder exists that was made from another video or with other settings."""

    exit_code = 5


class InterruptedRunError(CourtsideError):
    """The user stopped the run; what was looked at is kept."""

    exit_code = 130


def missing_extra(package: str, extra: str, purpose: str) -> MachineError:
    """Return the one sentence to raise when an optional package is not installed.

    Args:
        package: the module that could not be imported.
        extra: the extra of courtside that brings it.
        purpose: what needs it, as the user would say it.
    """
    return MachineError(
        f"{purpose} needs {package}, which is not installed: pip install 'courtside[{extra}]'"
    )


def cannot_write(path: Path, error: Exception) -> MachineError:
    """Return the one sentence to raise when a file cannot be written: why, and what helps."""
    number = getattr(error, "errno", None)
    reason = os.strerror(number) if number and 0 < number < 200 else str(error)
    advice = ""
    if number in _FULL:
        advice = "; free space or write elsewhere"
    elif number in _CLOSED:
        advice = "; choose another place with --out"
    return MachineError(f"cannot write {path}: {reason.lower()}{advice}")
