"""The command `llmfirst`: what each first word starts."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from llmfirst.settings import Settings
from llmfirst.version import llmfirst_version
from llmfirst_cli import main, page_files, serve

TELEMETRY = ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY", "GRADIO_TEMP_DIR")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a .env, an environment without settings, and one that is put back afterwards."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LLMFIRST_{name.upper()}", raising=False)
    for name in TELEMETRY:
        monkeypatch.setenv(name, "as it was")
    monkeypatch.chdir(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["llmfirst", *arguments])
    return main()


def test_the_version_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"llmfirst {llmfirst_version()}\n"


def test_help_names_every_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--help") == 0
    said = capsys.readouterr().out
    for word in ("serve", "evals", "pull", "probe", "model", "--version"):
        assert f"  {word} " in said


@pytest.mark.parametrize(
    ("command", "option"),
    [("serve", "--port"), ("evals", "run"), ("pull", "--provider"), ("probe", "--profile"), ("model", "--listen")],
)
def test_each_command_has_a_help_of_its_own(
    command: str, option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, command, "--help")
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said.startswith(f"usage: llmfirst {command} ")
    assert f" {option}" in said


def test_evaluations_run_as_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "evals", "suites") == 0
    assert "review" in capsys.readouterr().out


def test_the_probe_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--provider", "embedded", "--data-dir", str(tmp_path)]
    assert run(monkeypatch, "probe", str(tmp_path / "absent.gguf"), *given) == 1
    assert "There is no file" in capsys.readouterr().err


def test_an_unknown_word_gets_one_sentence_that_helps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "server") == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence == "error: server is not a command of llmfirst: use serve, evals, pull, probe, model or --help."


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, list[str]]]:
    """Of each launch, which takes no time here: the port, and what the environment says of telemetry."""
    launches: list[tuple[int, list[str]]] = []

    def launch(settings: Settings, _: object) -> int:
        launches.append((settings.port, [os.environ[name] for name in TELEMETRY]))
        return 0

    monkeypatch.setattr("llmfirst.app.launch.launch", launch)
    return launches


@pytest.mark.parametrize("command", [[], ["serve"]])
def test_the_page_is_served_with_the_options_of_app_py(
    command: list[str], launched: list[tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, *command, "--port", "7999") == 0
    assert [port for port, _ in launched] == [7999]


def test_telemetry_is_off_when_the_page_is_launched(
    tmp_path: Path, launched: list[tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ["--data-dir", str(tmp_path)]
    assert run(monkeypatch, *given) == serve(given, program="app.py") == 0
    assert [telemetry for _, telemetry in launched] == [["False", "1", str(tmp_path / "gradio")]] * 2


@pytest.mark.parametrize("name", ["plain", "한글 a b", "a%20b", "a%b", "a?b", "a#b"])
def test_the_files_of_the_page_lie_where_an_address_can_name_them(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with page_files(tmp_path / name) as folder:
        assert unquote(urlsplit(f"http://here/file={folder}").path) == f"/file={folder}"
        assert folder.is_relative_to(tmp_path) or folder.is_dir()
    assert folder.is_relative_to(tmp_path) or not folder.exists()
