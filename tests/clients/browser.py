"""A real, headless Chromium for tests: the one of this machine, or one that is installed for them.

`in_browser` runs a Node script of this folder, or one named by its whole path, that is written with `browse` of
browser.cjs:

    seen = in_browser("cors.cjs", {"api": stack.api_url})

TILL_CHROMIUM names the executable where it is not found by itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from scripts.checkout_client import Json
from scripts.embedded_aws import HOME

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Where Playwright puts a browser of its own.
BROWSERS = HOME / "browsers"
INSTALLED_WITHIN_SECONDS = 300

type InBrowser = Callable[[str, Json], Json]


@pytest.fixture(scope="session")
def packages() -> None:
    """The npm packages of this folder, installed as the lock file says where they are not there yet."""
    installed = HERE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, timeout=180)


@pytest.fixture(scope="session")
def chromium(packages: None) -> str:
    """The path of its executable."""
    found = _found() or _installed_by_apt() or _installed_by_playwright()
    if found is None:
        pytest.fail("no Chromium, and none could be installed: name one in TILL_CHROMIUM")
    return found


@pytest.fixture(scope="session")
def in_browser(chromium: str) -> InBrowser:
    """Runs a script with JSON on its standard input; what it printed, as JSON."""

    def run(script: str, given: Json) -> Json:
        wanted = json.dumps(given | {"chromium": chromium})
        done = subprocess.run(
            ["node", script], cwd=HERE, input=wanted, capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == 0, done.stderr
        seen: Json = json.loads(done.stdout)
        return seen

    return run


def _found() -> str | None:
    names = (os.environ.get("TILL_CHROMIUM", ""), *NAMES, *MACOS, *_of_playwright())
    return next((path for path in map(shutil.which, names) if path and _runs(path)), None)


def _runs(path: str) -> bool:
    """Some systems have a command of that name which only says where to get it."""
    return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0


def _installed_by_apt() -> str | None:
    """On Debian as root, which is what CI is."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        _try("apt-get", "update")
        _try("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
    return _found()


def _installed_by_playwright() -> str | None:
    """Anywhere, into .till/, where the internet can be reached."""
    _try("node", "node_modules/playwright-core/cli.js", "install", "chromium-headless-shell")
    return _found()


def _of_playwright() -> list[str]:
    return [str(path) for path in BROWSERS.glob("*/*/*headless*shell*") if os.access(path, os.X_OK) and path.is_file()]


def _try(*command: str) -> None:
    own = {"DEBIAN_FRONTEND": "noninteractive", "PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS)}
    environment = os.environ | own
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            command, cwd=HERE, env=environment, capture_output=True, check=False, timeout=INSTALLED_WITHIN_SECONDS
        )
