"""A setting that was given is used, or one sentence says that it is not."""

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from llmfirst.providers import open_providers
from llmfirst.settings import Settings, load_settings
from llmfirst.unused_settings import unused_settings
from tests.contract.ollama_server import ScriptedOllama

PROVIDERS: Final = ("auto", "ollama", "openai", "embedded")
# Of all settings, those that some provider does not use: with a value, and who uses it.
PARTIAL: Final[dict[str, tuple[object, set[str]]]] = {
    "base_url": ("http://h:1/v1", {"ollama", "openai"}),
    "api_key": ("key", {"openai"}),
    "ollama_host": ("http://h:1", {"auto", "ollama"}),
    "context_tokens": (4096, {"auto", "ollama", "embedded"}),
    "weights_dir": ("/", {"auto", "embedded"}),
    "threads": (2, {"auto", "embedded"}),
    "disk_reserve_mb": (1, {"auto", "embedded"}),
    "judge_base_url": ("http://h:2/v1", set()),  # these two without a judge
    "judge_api_key": ("key", set()),
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LLMFIRST_{name.upper()}", raising=False)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(**given: Any) -> list[str]:
    return unused_settings(Settings(**given))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name != "provider"])
def test_each_setting_is_used_by_a_provider_or_one_sentence_says_that_it_is_not(name: str, provider: str) -> None:
    value, users = PARTIAL.get(name, (Settings.model_fields[name].get_default(call_default_factory=True), None))
    sentences = told(provider=provider, **{name: value})
    if users is None or provider in users:
        assert sentences == []
    else:
        option = f"LLMFIRST_{name.upper()}" if name.endswith("api_key") else "--" + name.replace("_", "-")
        assert [sentence.split(":")[0] for sentence in sentences] in (
            [f"{option} is not used by the provider {provider}"],
            [f"{option} is not used"],
        )
        assert sentences[0].endswith(".")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_said_of_what_nobody_gave(provider: str) -> None:
    assert told(provider=provider) == []


@pytest.mark.parametrize(
    ("given", "unused"),
    [
        ({"judge_provider": "openai", "base_url": "http://h:1"}, []),
        ({"judge_provider": "openai", "base_url": "http://h:1", "judge_base_url": "http://h:2"}, ["--base-url"]),
        ({"judge_provider": "openai", "judge_base_url": "http://h:2", "judge_api_key": "key"}, []),
        ({"judge_provider": "openai", "base_url": "http://h:1", "judge_api_key": "key"}, ["LLMFIRST_JUDGE_API_KEY"]),
        ({"judge_provider": "embedded", "judge_base_url": "http://h:2"}, ["--judge-base-url"]),
        ({"judge_provider": "embedded", "provider": "openai", "base_url": "http://h:1", "threads": 2}, []),
        ({"provider": "ollama", "base_url": "http://h:1", "ollama_host": "http://h:2"}, ["--base-url"]),
    ],
)
def test_what_the_judge_uses_is_used(given: dict[str, Any], unused: list[str]) -> None:
    assert [sentence.split()[0] for sentence in told(judge_model="j", **given)] == unused


def test_a_setting_of_the_environment_and_of_the_file_is_told_as_one_of_the_command_line(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / ".env").write_text("LLMFIRST_THREADS=2\n")
    monkeypatch.setenv("LLMFIRST_OLLAMA_HOST", "h:1")
    given = load_settings(["--provider", "openai", "--base-url", "http://h:1", "--weights-dir", "/"])
    sentences = unused_settings(given)
    assert sorted(sentence.split()[0] for sentence in sentences) == ["--ollama-host", "--threads", "--weights-dir"]


def test_nothing_is_said_of_a_variable_that_was_set_for_ollama_itself() -> None:
    given = Settings(provider="embedded", ollama_host="h:1")
    assert unused_settings(given, from_elsewhere=["ollama_host"]) == []


@pytest.mark.parametrize("path", ["", "/", "/v1"])
def test_the_provider_ollama_is_asked_at_the_base_url(path: str) -> None:
    async def asked() -> int:
        server = ScriptedOllama()
        async with server.listening():
            given = load_settings(["--provider", "ollama", "--base-url", f"{server.address}{path}"])
            for provider in open_providers(given).values():
                await provider.models()
                await provider.aclose()
            return len(server.received)

    assert asyncio.run(asked()) > 0
