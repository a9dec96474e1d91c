"""llmfirst pull: a model comes here, or one sentence says why it does not."""

from pathlib import Path

import pytest

from llmfirst.pull import main
from llmfirst.settings import Settings
from tests.hub import Hub, point_hub_at
from tests.small_weights import CONTENT, HUB


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a .env, and an environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LLMFIRST_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_model_of_the_hub_is_here_when_the_command_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, options = f"hf:{HUB.repository}/{HUB.path}", ["--data-dir", str(tmp_path), "--provider", "embedded"]
    with Hub() as hub:
        point_hub_at(hub.url, tmp_path / "hf", monkeypatch)
        hub.add(HUB.repository, HUB.path, CONTENT)
        assert main([name, *options]) == 0
        assert f"{name} is here (embedded)" in capsys.readouterr().err
        assert [path.read_bytes() for path in (tmp_path / "models").glob("*.gguf")] == [CONTENT]
        assert main([f"hf:{HUB.repository}/absent.gguf", *options]) == 1
    assert "error: The hub shows no file absent.gguf" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "Write which model to download, for example `python -m llmfirst.pull qwen3:4b-instruct`."),
        (["../up"], "'../up' is no name of a model: write one such as"),
        (["a", "--provider", "openai", "--base-url", "http://127.0.0.1:9"], "install it where its server runs"),
        (["a", "--provider", "ollama", "--ollama-host", "127.0.0.1:9"], "start it with `ollama serve`"),
    ],
)
def test_what_cannot_come_is_one_sentence(
    given: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*given, *(["--data-dir", str(tmp_path)] if given else [])]) == 1
    (sentence,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert words in sentence
