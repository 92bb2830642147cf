"""Make sure the renderer's system libraries are there; run before the tests.

The simulation draws with OpenGL through EGL. Where this process may, it installs what is missing
with apt-get; elsewhere it says what to install. Without them the simulation's tests skip, except
in CI, where a skip is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGES = ["libegl1", "libegl-mesa0", "libgl1-mesa-dri", "libgles2"]


def has_egl() -> bool:
    """Tell whether an OpenGL context can be made without a screen."""
    code = "import moderngl; moderngl.create_context(standalone=True, backend='egl')"
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def main() -> None:
    if has_egl():
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], check=False)
    if not has_egl():
        print(f"the simulation's tests need EGL: apt-get install {' '.join(PACKAGES)}")
        sys.exit(1 if os.environ.get("CI") else 0)


if __name__ == "__main__":
    main()
