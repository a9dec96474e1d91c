"""What `llmfirst model` refuses; tests/slow/test_behind_router.py serves with it."""

import socket
from pathlib import Path

import pytest

from llmfirst.model_server import main
from tests.conftest import SMALL_MODEL


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LLMFIRST_API_KEY", raising=False)


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("0.0.0.0:8100", "set LLMFIRST_API_KEY"),
        ("8100", "HOST:PORT"),
        ("127.0.0.1:http", "HOST:PORT"),
        ("127.0.0.1:70000", "HOST:PORT"),
    ],
)
def test_a_place_that_it_cannot_listen_on_is_said_before_anything_is_loaded(
    listen: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([SMALL_MODEL, "--listen", listen, "--data-dir", str(tmp_path / "data")]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.embedded
def test_a_port_that_is_taken_is_said(
    tmp_path: Path, small_model_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        folders = ["--data-dir", str(tmp_path), "--weights-dir", str(small_model_home / "models")]
        assert main([SMALL_MODEL, "--listen", listen, *folders, "--threads", "1"]) == 1
    assert "is the port free" in capsys.readouterr().err
