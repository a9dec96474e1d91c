from collections.abc import Iterator
from pathlib import Path

import pytest

from llmfirst.errors import SetupError
from llmfirst.settings import Settings, load_settings, option_of


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder without a .env, and an environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LLMFIRST_{name.upper()}", raising=False)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_anything_the_page_is_on_loopback_and_auto_decides() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.provider, settings.deadline_seconds) == (
        "127.0.0.1",
        7860,
        "auto",
        120,
    )


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / ".env").write_text("LLMFIRST_PORT=1\nLLMFIRST_SLOTS=2\nLLMFIRST_MODEL=file\nOLLAMA_HOST=there:1\n")
    monkeypatch.setenv("LLMFIRST_SLOTS", "3")
    monkeypatch.setenv("LLMFIRST_MODEL", "environment")
    settings = load_settings(["--model", "line", "--deadline", "30"])
    assert (settings.port, settings.slots, settings.model) == (1, 3, "line")
    assert (settings.deadline_seconds, settings.ollama_host) == (30, "there:1")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--deadline", "300"], "--deadline (LLMFIRST_DEADLINE_SECONDS) is '300'"),
        (["--deadline", "0"], "greater than 0"),
        (["--provider", "openia"], "'auto', 'ollama', 'openai' or 'embedded'"),
        (["--port", "x"], "valid integer"),
        (["--host", "0.0.0.0"], "no access control yet"),
        (["--host", "example.org"], "no access control yet"),
        (["--provider", "openai"], "--base-url"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_right(arguments: list[str], sentence: str) -> None:
    with pytest.raises(SetupError) as caught:
        load_settings(arguments)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_every_loopback_address_is_allowed(host: str) -> None:
    assert load_settings(["--host", host]).host == host


@pytest.mark.parametrize(
    ("line", "sentence"), [("LLMFIRST_MODLE=x", "did you mean LLMFIRST_MODEL?"), ("SOMETHING=x", "lists every setting")]
)
def test_an_unknown_setting_in_the_file_is_refused(elsewhere: Path, line: str, sentence: str) -> None:
    (elsewhere / ".env").write_text(line)
    with pytest.raises(SetupError) as caught:
        load_settings()
    assert sentence in str(caught.value)


def test_a_secret_is_never_printed_and_never_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMFIRST_API_KEY", "very-secret")
    assert "very-secret" not in repr(load_settings())
    with pytest.raises(SystemExit):
        load_settings(["--api-key", "x"])


def test_the_help_lists_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        load_settings(["--help"])
    assert left.value.code == 0
    printed = capsys.readouterr().out
    assert all(option_of(name) in printed for name in Settings.model_fields if name != "api_key")
    assert "auto|ollama|openai|embedded" in printed


def test_the_example_file_lists_every_setting_with_its_default() -> None:
    lines = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.removeprefix("# ").split("=", 1) for line in lines if "=" in line and "LLMFIRST_" in line)
    assert set(given) == {f"LLMFIRST_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default is None else str(field.default)
        assert given[f"LLMFIRST_{name.upper()}"] == default
