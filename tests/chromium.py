"""The Chromium that is on this machine; none is downloaded."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path(playwright: Playwright) -> str:
    """Return its path; the test is skipped when there is none."""
    own = playwright.chromium.executable_path
    found = os.environ.get("LLMFIRST_TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), own)
    if not Path(found).exists():
        pytest.skip("no Chromium is on this machine")
    return found
