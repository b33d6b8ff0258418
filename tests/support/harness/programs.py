"""Where the programs under test are."""

import os
import shutil
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
ROOMS = {"mayla-shim": "shim", "mayla-daemon": "daemon", "mayla": "cli"}


def build_folder():
    folder = os.environ.get("MAYLA_BUILD")
    if not folder:
        raise SystemExit("MAYLA_BUILD must name the build folder (meson test sets it)")
    return Path(folder).resolve()


def program(name):
    """The path of one of our programs in the build folder."""
    path = build_folder() / "src" / ROOMS[name] / name
    if not path.exists():
        raise unittest.SkipTest(f"{name} is not built")
    return path


def install(folder):
    """Puts the programs side by side into FOLDER, as an installation does; copies, so that they can be replaced
    while the build stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ROOMS:
        shutil.copy2(program(name), folder / name)
    return folder


def on_sanitizers():
    """True when the programs are built with ASan or TSan, whose memory and extra threads are not ours."""
    with open(program("mayla-shim"), "rb") as file:
        data = file.read()
    return b"__asan_init" in data or b"__tsan_init" in data


def need_manager():
    """Skips a test that is not run below tests/support/user-manager."""
    if "MAYLA_USER_MANAGER" not in os.environ:
        raise unittest.SkipTest("needs a private systemd --user: run it through tests/support/user-manager")
