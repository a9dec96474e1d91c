"""All configuration, read once and frozen.

The command line overrides the environment, which overrides `.env`, which overrides the files of LLMFIRST_SECRETS_DIR.
"""

import argparse
import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from llmfirst.credentials import Credentials, parse_credentials
from llmfirst.environment import SECRETS_DIR, folder_of_secrets
from llmfirst.errors import SetupError
from llmfirst.loopback import is_loopback
from llmfirst.model_options import (
    USUAL_CONTEXT_TOKENS,
    ModelOptions,
    RepeatPenalty,
    Seed,
    SystemPrompt,
    SystemPromptRefused,
    Temperature,
    TopK,
    TopP,
    check_system_prompt,
)
from llmfirst.text_file import UndecodableText, decode_text

_ENV_FILE = ".env"
_CHOICES = ("provider", "profile", "think", "probe", "faults", "log_level")
_PUBLIC_URL = re.compile(
    r"https?://(?:[^\s/?#@\[\]:]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?"
)
# What the server has at its root: where a proxy leaves the path out, these could not be told from it.
_OWN_PATHS = frozenset(
    {"a2a", "api", "assets", "config", "favicon.ico", "gradio_api", "healthz", "login", "logout", "manifest.json"}
    | {"metrics", "openapi.json", "readyz", "robots.txt", "static", "svelte", "theme.css"}
)
_SHORTEST_PASSWORD = 8
_SHORTEST_TOKEN = 16
_SHOWN_CHARACTERS = 80  # of a value that is wrong


class Settings(BaseSettings):
    """Every setting of the program. The docstring of a field is its help text and its comment in `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix="LLMFIRST_",
        env_file=_ENV_FILE,
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    provider: Literal["auto", "ollama", "openai", "embedded"] = "auto"
    """The service that answers; auto uses Ollama if it is running and has a chat model, otherwise embedded."""

    model: str | None = None
    """The model to use; for embedded a catalogue name, a path to a GGUF file, or hf:owner/repository/file.gguf"""

    profile: Literal["auto", "direct", "answer_first", "instructed"] = "auto"
    """How the model is prompted; auto uses what a probe found for the model, before that what its size says."""

    think: Literal["off", "auto", "on", "low", "medium", "high"] = "auto"
    """How much the model may think before it answers; auto: not at all where it can be switched off, else bounded."""

    temperature: Temperature = ModelOptions().temperature
    """How freely the model draws its words: 0 takes the likeliest."""

    top_p: TopP = ModelOptions().top_p
    """The model draws from the likeliest words that have this probability together."""

    top_k: TopK = ModelOptions().top_k
    """The model draws from so many of the likeliest words; 0: from all."""

    repeat_penalty: RepeatPenalty = ModelOptions().repeat_penalty
    """How much less likely a word gets that was written before; 1: not at all."""

    seed: Seed | None = None
    """With the same seed, most services draw the same words again; unset: another one each time."""

    system_prompt: SystemPrompt | None = None
    """What the model is told before the program's own instructions."""

    probe: Literal["on", "off"] = "on"
    """Whether the server finds out by itself, while nobody asks, how each loaded model is best prompted."""

    base_url: str | None = None
    """The address of the OpenAI-compatible server, for example http://127.0.0.1:8000/v1; or of the provider ollama."""

    api_key: SecretStr | None = None
    """The API key of the OpenAI-compatible server."""

    ollama_host: str = Field(
        default="http://127.0.0.1:11434",
        validation_alias=AliasChoices("ollama_host", "LLMFIRST_OLLAMA_HOST", "OLLAMA_HOST"),
    )
    """The address of Ollama; OLLAMA_HOST is read too."""

    ollama_models: Path | None = Field(
        default=None, validation_alias=AliasChoices("ollama_models", "LLMFIRST_OLLAMA_MODELS", "OLLAMA_MODELS")
    )
    """The folder in which an Ollama of this machine keeps its models, to ask its disk; OLLAMA_MODELS is read too."""

    judge_provider: Literal["ollama", "openai", "embedded"] | None = None
    """The service that judges in evaluations; unset: the provider that answers."""

    judge_model: str | None = None
    """The model that judges; set it together with judge_provider."""

    judge_base_url: str | None = None
    """The address of the judge's OpenAI-compatible server; unset: base_url."""

    judge_api_key: SecretStr | None = None
    """The API key of the judge's server; it is sent to judge_base_url only."""

    host: str = "127.0.0.1"
    """The address to listen on; any address but loopback requires page_users and api_tokens."""

    port: int = Field(default=7860, ge=0, le=65535)
    """The port to listen on; 0 picks a free one."""

    public_url: str | None = None
    """The URL under which visitors reach the server, for example https://example.org/llm"""

    page_users: SecretStr | None = None
    """Who may use the page: name:password pairs separated by commas; set it together with api_tokens."""

    api_tokens: SecretStr | None = None
    """Who may use the API and A2A: name:token pairs separated by commas; set it together with page_users."""

    requests_per_minute: int = Field(default=240, ge=1)
    """How many requests one caller may send per minute."""

    runs_per_caller: int = Field(default=4, ge=1)
    """How many questions of one caller may be in progress at once."""

    a2a_wait_seconds: float = Field(default=150.0, gt=0)
    """How long message/send of A2A waits for the answer before it returns the state of the task."""

    a2a_poll_grace_seconds: float = Field(default=60.0, gt=0)
    """How long the answer of an A2A task that nobody waits for continues when nobody asks for the task."""

    data_dir: Path = Field(default_factory=lambda: user_data_path("llmfirst", appauthor=False), validate_default=True)
    """The folder for the database, the weights and all caches."""

    database_url: SecretStr | None = None
    """A PostgreSQL database that several servers share: postgresql://USER:PASSWORD@HOST/NAME; unset: SQLite."""

    weights_dir: Path | None = None
    """A folder to search for weights of the catalogue before they are downloaded."""

    deadline_seconds: float = Field(default=120.0, gt=0, le=120)
    """Every answer ends within this many seconds."""

    matters_points: float = Field(default=2.0, ge=0, le=100)
    """From how many points on a difference in quality counts when evaluations are compared."""

    matters_first_text_seconds: float = Field(default=0.3, ge=0)
    """From how many seconds on a difference in the first text counts when evaluations are compared."""

    matters_total_seconds: float = Field(default=1.0, ge=0)
    """From how many seconds on a difference in the total time counts when evaluations are compared."""

    question_limit: int = Field(default=4000, ge=1)
    """The maximum length of a question, in characters."""

    slots: int = Field(default=1, ge=1)
    """How many questions are answered at the same time."""

    line_limit: int = Field(default=8, ge=0)
    """How many questions may wait for a slot; more are refused."""

    wait_limit_seconds: float = Field(default=300.0, gt=0)
    """How long a question may wait for a slot and for its model to load."""

    leave_grace_seconds: float | None = Field(default=None, ge=0)
    """How long an answer continues when nobody is reading it; unset: 30 s on the page, 5 s in the API."""

    context_tokens: int = Field(default=USUAL_CONTEXT_TOKENS, ge=1024)
    """How much the model sees at once, in tokens."""

    threads: int | None = Field(default=None, ge=1)
    """The number of threads of the embedded model; unset: one for each core that this process may use."""

    disk_reserve_mb: int = Field(default=200, ge=0)
    """How much disk space a download must leave free, in MB."""

    faults: Literal["off", "page", "api"] = "page"
    """Who may disturb the model in their own next answer, to see it end in time: page, also the api, or off."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The level of the log; prompts and answers are logged at DEBUG only."""

    @field_validator("data_dir", "weights_dir")
    @classmethod
    def _home_is_known(cls, folder: Path | None) -> Path | None:
        """Read ~ as a shell does, which has no part in `.env`."""
        try:
            folder = None if folder is None else folder.expanduser()
        except RuntimeError:
            raise ValueError("there is no home directory; give a whole path") from None
        return folder

    @property
    def model_options(self) -> ModelOptions:
        """What models are asked with where the asker sets nothing."""
        return ModelOptions(**self.model_dump(include=set(ModelOptions.model_fields)))

    @property
    def database(self) -> str | None:
        """The address of PostgreSQL, with its password; None: SQLite in the data directory."""
        return None if self.database_url is None else self.database_url.get_secret_value()

    @property
    def ollama_address(self) -> str:
        """The address of Ollama: base_url where Ollama is asked for and nothing else says where it is."""
        if self.provider != "ollama" or self.base_url is None or "ollama_host" in self.model_fields_set:
            return self.ollama_host
        return self.base_url.rstrip("/").removesuffix("/v1")

    @property
    def page_credentials(self) -> Credentials:
        """Who may use the page. Raises ValueError when the setting is malformed."""
        return _credentials(self.page_users, _SHORTEST_PASSWORD)

    @property
    def api_credentials(self) -> Credentials:
        """Who may use the API and A2A. Raises ValueError when the setting is malformed."""
        return _credentials(self.api_tokens, _SHORTEST_TOKEN)


def load_settings(arguments: Sequence[str] = (), *, program: str = "app.py") -> Settings:
    """Read and check the settings; `--help` in `arguments` prints all of them under the name `program` and exits.

    Raises SetupError, which names the setting that is wrong.
    """
    options = vars(_parser(program).parse_args(arguments))
    given = {name: value for name, value in options.items() if value is not None}
    try:
        encoding = _codec_of(Path(_ENV_FILE))
        settings = Settings(_env_file_encoding=encoding, _secrets_dir=_secrets_dir(), **given)
    except ValidationError as error:
        raise SetupError(_message(error)) from error
    _check_access(settings)
    try:
        check_system_prompt(settings.system_prompt, settings.context_tokens)
    except SystemPromptRefused as error:
        raise SetupError(f"{option_of('system_prompt')} cannot be used: {error}") from error
    if settings.provider == "openai" and settings.base_url is None:
        raise SetupError("The provider openai needs the address of its server: set --base-url or LLMFIRST_BASE_URL.")
    if settings.judge_provider == "openai" and settings.judge_base_url is None and settings.base_url is None:
        raise SetupError("The judge's provider openai needs the address of its server: set --judge-base-url.")
    if (settings.judge_provider is None) != (settings.judge_model is None):
        raise SetupError("A separate judge needs a provider and a model: set both --judge-provider and --judge-model.")
    return settings


def _secrets_dir() -> str | None:
    """Return the folder with a file for each secret, as containers have it; SetupError if it is none."""
    folder = folder_of_secrets()
    if folder is not None and not Path(folder).is_dir():
        raise SetupError(f"{SECRETS_DIR} is {folder!r}, which is no folder: correct it, or leave it out.")
    return folder


def _codec_of(env_file: Path) -> str:
    """Return the codec of a file of settings; SetupError says why the file cannot be read."""
    try:
        return decode_text(env_file.read_bytes()).codec if env_file.is_file() else "utf-8"
    except OSError as error:
        raise SetupError(f"{env_file} cannot be read ({error.strerror}): correct its permissions.") from error
    except UndecodableText as error:
        raise SetupError(f"{env_file} cannot be read (line {error.line}: {error}): save it as UTF-8.") from error


def _check_access(settings: Settings) -> None:
    """Raise SetupError if other machines could connect without credentials, or if the credentials are malformed."""
    is_given = [secret is not None for secret in (settings.page_users, settings.api_tokens)]
    advice = (
        "set LLMFIRST_PAGE_USERS to name:password pairs and LLMFIRST_API_TOKENS to name:token pairs, "
        "in the environment or in .env"
    )
    if not is_loopback(settings.host) and not all(is_given):
        raise SetupError(
            f"{settings.host} is not a loopback address, so other machines can connect: {advice}, "
            "or keep --host 127.0.0.1 and connect through an SSH tunnel."
        )
    if settings.public_url is not None and not all(is_given):
        raise SetupError(f"With --public-url other people can connect: {advice}.")
    if any(is_given) and not all(is_given):
        raise SetupError(f"The page and the API need credentials together: {advice}.")
    if settings.public_url is not None:
        _check_public_url(settings.public_url)
    for name in ("page_credentials", "api_credentials"):
        try:
            getattr(settings, name)
        except ValueError as error:
            setting = "LLMFIRST_PAGE_USERS" if name == "page_credentials" else "LLMFIRST_API_TOKENS"
            raise SetupError(f"{setting} cannot be used: {error}.") from error


def _check_public_url(public_url: str) -> None:
    if not public_url.startswith(("http://", "https://")):
        raise SetupError("--public-url must start with https:// or http://.")
    if _PUBLIC_URL.fullmatch(public_url) is None:
        raise SetupError(
            "--public-url cannot be used: write it as https://HOST or https://HOST/PATH, with letters, digits and the "
            "signs - . _ ~ in the path, and nothing after it."
        )
    first = urlsplit(public_url).path.split("/")[1:2]
    if first and first[0] in _OWN_PATHS:
        raise SetupError(
            f"--public-url cannot have the path /{first[0]}, which is one of llmfirst's own: choose another."
        )


def _credentials(pairs: SecretStr | None, shortest: int) -> Credentials:
    return Credentials() if pairs is None else parse_credentials(pairs.get_secret_value(), shortest=shortest)


def _is_secret(name: str) -> bool:
    return SecretStr in get_args(Settings.model_fields[name].annotation)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Answer questions with a local language model, always within the deadline.",
        epilog="Each option is also a setting: --data-dir is LLMFIRST_DATA_DIR in the environment or in .env.",
        allow_abbrev=False,
    )
    for name, field in Settings.model_fields.items():
        if _is_secret(name):  # other users of the machine can read a command line
            continue
        default = "" if field.default_factory or field.default is None else f" Default: {field.default}."
        parser.add_argument(
            option_of(name),
            dest=name,
            metavar="|".join(get_args(field.annotation)) if name in _CHOICES else name.rpartition("_")[2].upper(),
            help=f"{field.description}{default}".replace("%", "%%"),
        )
    return parser


def option_of(name: str) -> str:
    """Return the command-line option of a setting, for example `--deadline` for `deadline_seconds`."""
    return "--" + name.removesuffix("_seconds").replace("_", "-")


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"LLMFIRST_{name.upper()}"


def _message(error: ValidationError) -> str:
    problem = error.errors()[0]
    name = str(problem["loc"][0]) if problem["loc"] else "a setting"
    if problem["type"] == "extra_forbidden":
        variable = variable_of(name)
        nearest = difflib.get_close_matches(name.lower(), Settings.model_fields, n=1, cutoff=0.7)
        advice = f"did you mean {variable_of(nearest[0])}?" if nearest else ".env.example lists every setting."
        return f"{variable} in {_ENV_FILE} is not a setting of llmfirst: {advice}"
    field = name.lower().removeprefix("llmfirst_")
    given = str(problem["input"])
    given = given if len(given) <= _SHOWN_CHARACTERS else f"{given[:_SHOWN_CHARACTERS]}..."
    reason = str(problem["ctx"]["error"]) if problem["type"] == "value_error" else problem["msg"]
    reason = reason[0].lower() + reason[1:]
    return f"The setting {option_of(field)} ({variable_of(field)}) is {given!r}: {reason}."
