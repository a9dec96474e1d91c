"""The wheel of this checkout, built without asking a package index."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def build_wheel(folder: Path) -> Path:
    """Build the wheel into an empty folder and return its path."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    return wheel
