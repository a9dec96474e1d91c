import asyncio
from pathlib import Path
from typing import Any, get_args

import pytest

from llmfirst.errors import SetupError
from llmfirst.providers import open_judge
from llmfirst.providers.base import Think
from llmfirst.settings import Settings, load_settings, option_of
from tests.contract.ollama_server import ScriptedOllama
from tests.contract.openai_server import ScriptedOpenAI


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
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
        (["--host", "0.0.0.0"], "set LLMFIRST_PAGE_USERS to name:password pairs and LLMFIRST_API_TOKENS"),
        (["--host", "example.org"], "not a loopback address"),
        (["--public-url", "https://llm.example.org"], "set LLMFIRST_PAGE_USERS"),
        (["--provider", "openai"], "--base-url"),
        (
            ["--temperature", "3"],
            "--temperature (LLMFIRST_TEMPERATURE) is '3': input should be less than or equal to 2",
        ),
        (["--top-p", "0"], "greater than 0"),
        (["--top-k", "-1"], "--top-k (LLMFIRST_TOP_K)"),
        (["--repeat-penalty", "9"], "less than or equal to 2"),
        (["--seed", "x"], "valid integer"),
        (["--system-prompt", "a" * 100_000], f"'{'a' * 80}...': string should have at most 2000 characters"),
        (["--system-prompt", "<|im_end|>"], "--system-prompt cannot be used: The system prompt contains <|"),
        (["--system-prompt", "a" * 600, "--context-tokens", "1024"], "room for 512"),
        (["--judge-provider", "openai", "--judge-model", "j"], "set --judge-base-url"),
        (["--judge-provider", "auto", "--judge-model", "j"], "'ollama', 'openai' or 'embedded'"),
        (["--judge-provider", "ollama"], "set both --judge-provider and --judge-model"),
        (["--judge-model", "j"], "set both --judge-provider and --judge-model"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_right(arguments: list[str], sentence: str) -> None:
    with pytest.raises(SetupError) as caught:
        load_settings(arguments)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("users", "tokens", "sentence"),
    [
        ("alice:long enough", None, "set LLMFIRST_PAGE_USERS"),
        (None, "alice:0123456789abcdef", "set LLMFIRST_PAGE_USERS"),
        ("alice:short", "alice:0123456789abcdef", "LLMFIRST_PAGE_USERS cannot be used: the secret of alice is shorter"),
        ("alice:longenough", "alice:0123456789", "LLMFIRST_API_TOKENS cannot be used: the secret of alice is shorter"),
        ("alice", "alice:0123456789abcdef", "entry 1 is not name:secret"),
        ("local:longenough", "alice:0123456789abcdef", "the name of entry 1 is not allowed"),
        ("LOCAL:longenough", "alice:0123456789abcdef", "the name of entry 1 is not allowed"),
        ("ｌｏｃａｌ:longenough", "alice:0123456789abcdef", "the name of entry 1 is not allowed"),
        (" , ", "alice:0123456789abcdef", "it contains no name:secret pair"),
    ],
)
def test_credentials_that_let_nobody_in_or_are_half_there_are_refused_without_naming_a_secret(
    monkeypatch: pytest.MonkeyPatch, users: str | None, tokens: str | None, sentence: str
) -> None:
    for name, value in (("LLMFIRST_PAGE_USERS", users), ("LLMFIRST_API_TOKENS", tokens)):
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(SetupError) as caught:
        load_settings(["--host", "0.0.0.0"])
    assert sentence in str(caught.value)
    assert "long" not in str(caught.value).replace("longer", "")
    assert "0123456789" not in str(caught.value)


def test_with_users_and_tokens_any_address_may_be_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMFIRST_PAGE_USERS", "alice:longenough, bob:long:enough")
    monkeypatch.setenv("LLMFIRST_API_TOKENS", "alice:0123456789abcdef alice:fedcba9876543210")
    settings = load_settings(["--host", "0.0.0.0", "--public-url", "https://llm.example.org"])
    assert settings.page_credentials.owner_by_name("bob", "long:enough") == "bob"
    assert settings.page_credentials.owner_by_name("alice", "long:enough") is None
    assert settings.api_credentials.owner_by_secret(b"fedcba9876543210") == "alice"
    assert settings.api_credentials.owner_by_secret(b"") is None


@pytest.mark.parametrize(
    "url", ["https://example.org/llm", "http://h:8080/a/b-c/", "https://[::1]:8000", "http://한글.kr/llm"]
)
def test_a_public_url_may_have_a_path(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LLMFIRST_PAGE_USERS", "alice:longenough")
    monkeypatch.setenv("LLMFIRST_API_TOKENS", "alice:0123456789abcdef")
    assert load_settings(["--public-url", url]).public_url == url


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("example.org/llm", "must start with https:// or http://"),
        *[
            (url, "write it as https://HOST or https://HOST/PATH")
            for url in (
                *("https://", "https://h:x/", "https://h/a?b=c", "https://h/#a", "https://me:pw@h/", "https://h//a"),
                *("https://h/a b", "https://h/한글", "https://h/%2e", "https://h/.well-known"),
            )
        ],
        ("https://h/api", "cannot have the path /api, which is one of llmfirst's own"),
        ("https://h/gradio_api/x", "cannot have the path /gradio_api"),
    ],
)
def test_a_public_url_that_cannot_be_served_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    monkeypatch.setenv("LLMFIRST_PAGE_USERS", "alice:longenough")
    monkeypatch.setenv("LLMFIRST_API_TOKENS", "alice:0123456789abcdef")
    with pytest.raises(SetupError) as caught:
        load_settings(["--public-url", url])
    assert sentence in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_every_loopback_address_is_allowed(host: str) -> None:
    assert load_settings(["--host", host]).host == host


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("LLMFIRST_MODLE=x", "LLMFIRST_MODLE in .env is not a setting of llmfirst: did you mean LLMFIRST_MODEL?"),
        ("LLMFIRST_SOMETHING=x", "lists every setting"),
    ],
)
def test_an_unknown_setting_in_the_file_is_refused(elsewhere: Path, line: str, sentence: str) -> None:
    (elsewhere / ".env").write_text(line)
    with pytest.raises(SetupError) as caught:
        load_settings()
    assert sentence in str(caught.value)


def test_variables_of_other_programs_in_the_file_are_left_to_them(elsewhere: Path) -> None:
    (elsewhere / ".env").write_text("OPENAI_API_KEY=x\nCOMPOSE_PROJECT_NAME=demo\nLLMFIRST_PORT=1\n")
    assert load_settings().port == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_the_file_is_read_in_every_encoding_of_a_korean_machine(elsewhere: Path, encoding: str) -> None:
    (elsewhere / ".env").write_bytes("# 제공자 설정\nLLMFIRST_DATA_DIR=/자료\n".encode(encoding))
    assert load_settings().data_dir == Path("/자료")


def test_a_file_in_an_encoding_that_cannot_be_told_is_named_with_the_line(elsewhere: Path) -> None:
    (elsewhere / ".env").write_bytes("LLMFIRST_PORT=1\n# r\xe9glages\n".encode("latin-1"))
    with pytest.raises(SetupError, match=r"\.env cannot be read \(line 2: .*save it as UTF-8"):
        load_settings()


def test_a_folder_may_begin_with_the_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("LLMFIRST_WEIGHTS_DIR", "~/my weights")
    assert load_settings().weights_dir == Path("/home/me/my weights")
    monkeypatch.setenv("HOME", "~")  # which is what is known where there is none
    with pytest.raises(SetupError, match=r"is '~/my weights': there is no home directory; give a whole path\."):
        load_settings()


SECRETS = ("api_key", "judge_api_key", "page_users", "api_tokens", "database_url")


def test_a_secret_is_never_printed_and_never_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(f"LLMFIRST_{name.upper()}", "alice:very-secret-indeed")
    assert "very-secret" not in repr(load_settings())
    for option in ("--api-key", "--judge-api-key", "--page-users", "--api-tokens"):
        with pytest.raises(SystemExit):
            load_settings([option, "x"])


def test_the_help_lists_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        load_settings(["--help"])
    assert left.value.code == 0
    printed = capsys.readouterr().out
    assert all(option_of(name) in printed for name in Settings.model_fields if name not in SECRETS)
    assert "auto|ollama|openai|embedded" in printed


def test_the_example_file_lists_every_setting_with_its_meaning_and_its_default() -> None:
    text = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
    given = [part.splitlines() for part in text.split("\n\n")[1:]]
    expected = [
        [
            f"# {field.description}",
            f"# LLMFIRST_{name.upper()}={'' if field.default_factory or field.default is None else field.default}",
        ]
        for name, field in Settings.model_fields.items()
    ]
    assert given == expected


def settings(**given: Any) -> Settings:
    return Settings(**{"judge_provider": "openai", "judge_model": "toy", **given})


async def keys_sent(**given: Any) -> list[tuple[str, str | None]]:
    """Ask a judge of these settings, with two servers; return who was asked with which Authorization."""
    under_test, own = ScriptedOpenAI(), ScriptedOpenAI()
    async with under_test.listening(), own.listening():
        addresses = {"base_url": f"{under_test.address}/v1", "judge_base_url": f"{own.address}/v1"}
        named = {name: addresses.get(value, value) for name, value in given.items()}
        judge = open_judge(settings(**named))
        assert judge is not None
        await judge.models()
        await judge.aclose()
        servers = (("under test", under_test), ("own", own))
        return list(
            dict.fromkeys(
                (name, asked.headers.get("authorization")) for name, server in servers for asked in server.received
            )
        )


BOTH = {"base_url": "base_url", "judge_base_url": "judge_base_url"}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({**BOTH, "api_key": "one", "judge_api_key": "two"}, [("own", "Bearer two")]),
        ({**BOTH, "api_key": "one"}, [("own", None)]),
        ({"base_url": "base_url", "api_key": "one", "judge_api_key": "two"}, [("under test", "Bearer one")]),
        ({"base_url": "base_url", "judge_api_key": "two"}, [("under test", None)]),
        ({"judge_base_url": "judge_base_url", "api_key": "one"}, [("own", None)]),
    ],
)
def test_a_key_goes_to_the_server_that_it_was_given_for_and_to_no_other(
    given: dict[str, str], sent: list[tuple[str, str | None]]
) -> None:
    assert asyncio.run(keys_sent(**given)) == sent


def test_no_judge_is_opened_where_none_is_named() -> None:
    assert open_judge(Settings()) is None


@pytest.mark.parametrize("kind", ["ollama", "openai", "embedded"])
def test_the_judge_is_of_the_kind_that_is_named_and_the_model_under_test_may_be_of_another(kind: str) -> None:
    judge = open_judge(settings(provider="embedded", judge_provider=kind, judge_base_url="http://127.0.0.1:9"))
    assert judge is not None
    assert judge.kind == kind
    asyncio.run(judge.aclose())


async def asked_of_ollama(**given: Any) -> int:
    """Count the requests to an Ollama whose address stands where `given` says "here"."""
    server = ScriptedOllama()
    async with server.listening():
        named = {name: server.address if value == "here" else value for name, value in given.items()}
        judge = open_judge(settings(judge_provider="ollama", **named))
        assert judge is not None
        await judge.models()
        await judge.aclose()
        return len(server.received)


@pytest.mark.parametrize(
    "given", [{"ollama_host": "here"}, {"ollama_host": "http://127.0.0.1:9", "judge_base_url": "here"}]
)
def test_an_ollama_that_judges_is_the_one_under_test_unless_it_has_an_address_of_its_own(given: dict[str, str]) -> None:
    assert asyncio.run(asked_of_ollama(**given)) > 0


def test_the_setting_of_thinking_has_the_words_of_a_request() -> None:
    assert get_args(Settings.model_fields["think"].annotation) == get_args(Think)


def test_a_secret_may_be_in_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "llmfirst_database_url").write_text("postgresql://who:geheim@host/name\n", encoding="utf-8")
    (tmp_path / "of_another_program").write_text("?", encoding="utf-8")
    monkeypatch.setenv("LLMFIRST_SECRETS_DIR", str(tmp_path))
    assert load_settings([]).database == "postgresql://who:geheim@host/name"
    monkeypatch.setenv("LLMFIRST_DATABASE_URL", "postgresql://other")
    assert load_settings([]).database == "postgresql://other"


def test_a_folder_of_secrets_that_is_none_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMFIRST_SECRETS_DIR", str(tmp_path / "none"))
    with pytest.raises(SetupError, match="no folder"):
        load_settings([])
