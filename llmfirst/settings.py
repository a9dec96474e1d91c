"""All configuration, read once and frozen: the command line, then the environment, then `.env`."""

import argparse
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from llmfirst.credentials import Credentials, parse_credentials
from llmfirst.errors import SetupError
from llmfirst.loopback import is_loopback

_CHOICES = ("provider", "profile", "log_level")
_SHORTEST_PASSWORD = 8
_SHORTEST_TOKEN = 16


class Settings(BaseSettings):
    """Every name and limit that a person may want to change; `.env.example` is written from it."""

    model_config = SettingsConfigDict(
        env_prefix="LLMFIRST_", env_file=".env", env_file_encoding="utf-8", extra="forbid", frozen=True
    )

    provider: Literal["auto", "ollama", "openai", "embedded"] = Field(
        default="auto", description="who answers; auto takes Ollama when it answers and has a chat model, else embedded"
    )
    model: str | None = Field(
        default=None,
        description="a model of the provider; for embedded a catalogue name, a path to a GGUF file, "
        "or hf:owner/repository/file.gguf",
    )
    profile: Literal["auto", "direct", "instructed"] = Field(
        default="auto",
        description="how a model is asked; auto takes what python -m llmfirst.probe found for it, else direct",
    )
    base_url: str | None = Field(
        default=None, description="where the OpenAI-compatible server is, such as http://127.0.0.1:8000/v1"
    )
    api_key: SecretStr | None = Field(default=None, description="the key of the OpenAI-compatible server")
    ollama_host: str = Field(
        default="http://127.0.0.1:11434",
        validation_alias=AliasChoices("ollama_host", "LLMFIRST_OLLAMA_HOST", "OLLAMA_HOST"),
        description="where Ollama is",
    )
    judge_provider: Literal["ollama", "openai", "embedded"] | None = Field(
        default=None, description="who judges in evaluations; unset: a model of the provider under test"
    )
    judge_model: str | None = Field(default=None, description="the model that judges, of the judge's provider")
    judge_base_url: str | None = Field(
        default=None, description="where the judge's OpenAI-compatible server is; unset: that of --base-url"
    )
    judge_api_key: SecretStr | None = Field(
        default=None, description="the key of the judge's server; sent to --judge-base-url alone"
    )
    host: str = Field(
        default="127.0.0.1", description="the address to serve on; any but loopback needs page users and API tokens"
    )
    port: int = Field(default=7860, ge=0, le=65535, description="the port to serve on; 0 takes any free one")
    public_url: str | None = Field(
        default=None, description="the address by which visitors reach the server, such as https://llm.example.org"
    )
    page_users: SecretStr | None = Field(
        default=None,
        description="who may use the page: name:password pairs with commas between them; goes with api_tokens",
    )
    api_tokens: SecretStr | None = Field(
        default=None,
        description="who may use API and A2A: name:token pairs with commas between them; goes with page_users",
    )
    requests_per_minute: int = Field(default=240, ge=1, description="how many requests one caller may send in a minute")
    runs_per_caller: int = Field(default=4, ge=1, description="how many answers one caller may have written at once")
    a2a_wait_seconds: float = Field(
        default=150.0,
        gt=0,
        description="how long message/send of A2A waits before it says how far the answer is",
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("llmfirst", appauthor=False),
        description="the one folder for the database, the weights and every cache",
    )
    weights_dir: Path | None = Field(
        default=None, description="a folder to look in for weights of the catalogue before downloading them"
    )
    deadline_seconds: float = Field(
        default=120.0, gt=0, le=120, description="an answer ends at or before so many seconds"
    )
    question_limit: int = Field(default=4000, ge=1, description="the longest question, in characters")
    slots: int = Field(default=1, ge=1, description="how many questions are answered side by side")
    line_limit: int = Field(default=8, ge=0, description="how many questions may wait for a slot")
    wait_limit_seconds: float = Field(
        default=300.0, gt=0, description="how long a question waits for a slot and for its model"
    )
    leave_grace_seconds: float | None = Field(
        default=None,
        ge=0,
        description="how long an answer goes on when nobody follows it; unset: page 30, API 5",
    )
    context_tokens: int = Field(default=8192, ge=1024, description="the window of the model, in tokens")
    threads: int | None = Field(
        default=None, ge=1, description="threads of the embedded model; unset: the cores this process may use"
    )
    disk_reserve_mb: int = Field(default=200, ge=0, description="disk space that a download leaves free, in MB")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="what is logged; prompts and answers appear at DEBUG only"
    )

    @property
    def page_credentials(self) -> Credentials:
        """Who may use the page; ValueError says what is wrong with the setting."""
        return _credentials(self.page_users, _SHORTEST_PASSWORD)

    @property
    def api_credentials(self) -> Credentials:
        """Who may use API and A2A; ValueError says what is wrong with the setting."""
        return _credentials(self.api_tokens, _SHORTEST_TOKEN)


def load_settings(arguments: Sequence[str] = (), *, program: str = "app.py") -> Settings:
    """Read the settings; SetupError names the setting that is wrong.

    `--help` prints all of them, as options of `program`, and exits.
    """
    options = vars(_parser(program).parse_args(arguments))
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SetupError(_sentence(error)) from error
    _check_access(settings)
    if settings.provider == "openai" and settings.base_url is None:
        raise SetupError("The provider openai needs to know where its server is: set --base-url or LLMFIRST_BASE_URL.")
    if settings.judge_provider == "openai" and settings.judge_base_url is None and settings.base_url is None:
        raise SetupError("The judge's provider openai needs to know where its server is: set --judge-base-url.")
    if (settings.judge_provider is None) != (settings.judge_model is None):
        raise SetupError("A judge of its own is a provider and a model: set both --judge-provider and --judge-model.")
    return settings


def _check_access(settings: Settings) -> None:
    """Raise SetupError where others could come in without credentials, or where credentials cannot be read."""
    given = [secret is not None for secret in (settings.page_users, settings.api_tokens)]
    how = (
        "set LLMFIRST_PAGE_USERS to name:password pairs and LLMFIRST_API_TOKENS to name:token pairs, "
        "in the environment or in .env"
    )
    if not is_loopback(settings.host) and not all(given):
        raise SetupError(
            f"{settings.host} is not a loopback address, so that others can reach it: {how}, "
            "or use --host 127.0.0.1 and reach it through an SSH tunnel."
        )
    if settings.public_url is not None and not all(given):
        raise SetupError(f"With --public-url others come in: {how}.")
    if any(given) and not all(given):
        raise SetupError(f"Page and API are opened together: {how}.")
    if settings.public_url is not None and not settings.public_url.startswith(("http://", "https://")):
        raise SetupError("--public-url is no address: begin it with https:// or http://.")
    for name in ("page_credentials", "api_credentials"):
        try:
            getattr(settings, name)
        except ValueError as error:
            setting = "LLMFIRST_PAGE_USERS" if name == "page_credentials" else "LLMFIRST_API_TOKENS"
            raise SetupError(f"{setting} cannot be used: {error}.") from error


def _credentials(pairs: SecretStr | None, shortest: int) -> Credentials:
    return Credentials() if pairs is None else parse_credentials(pairs.get_secret_value(), shortest=shortest)


def _is_secret(name: str) -> bool:
    return SecretStr in get_args(Settings.model_fields[name].annotation)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Answer questions with a local language model, always inside the deadline.",
        epilog="Each option is a setting too: --data-dir is LLMFIRST_DATA_DIR in the environment or in .env.",
        allow_abbrev=False,
    )
    for name, field in Settings.model_fields.items():
        if _is_secret(name):  # a secret does not belong on a command line
            continue
        default = "" if field.default_factory or field.default is None else f" (default: {field.default})"
        parser.add_argument(
            option_of(name),
            dest=name,
            metavar="|".join(get_args(field.annotation)) if name in _CHOICES else name.rpartition("_")[2].upper(),
            help=f"{field.description}{default}".replace("%", "%%"),
        )
    return parser


def option_of(name: str) -> str:
    """Return the command-line option of a setting: `deadline_seconds` is `--deadline`."""
    return "--" + name.removesuffix("_seconds").replace("_", "-")


def _sentence(error: ValidationError) -> str:
    problem = error.errors()[0]
    name = str(problem["loc"][0]) if problem["loc"] else "a setting"
    if problem["type"] == "extra_forbidden":
        known = [f"LLMFIRST_{field.upper()}" for field in Settings.model_fields]
        nearest = difflib.get_close_matches(
            f"LLMFIRST_{name.upper()}".replace("LLMFIRST_LLMFIRST_", "LLMFIRST_"), known, cutoff=0.8
        )
        advice = f"did you mean {nearest[0]}?" if nearest else ".env.example lists every setting."
        return f"{name.upper()} in .env is not a setting of llmfirst: {advice}"
    field = name.lower().removeprefix("llmfirst_")
    reason = problem["msg"][0].lower() + problem["msg"][1:]
    return f"The setting {option_of(field)} (LLMFIRST_{field.upper()}) is {problem['input']!r}: {reason}."
