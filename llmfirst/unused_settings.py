"""Which settings were given and change nothing, each in one sentence that says what would use it."""

from collections.abc import Iterable, Iterator
from typing import Final

from llmfirst.settings import Settings, option_of, variable_of

# Who uses a setting that not every provider uses.
_USED_BY: Final[dict[str, frozenset[str]]] = {
    "base_url": frozenset({"openai"}),
    "api_key": frozenset({"openai"}),
    "ollama_host": frozenset({"ollama"}),
    "context_tokens": frozenset({"ollama", "embedded"}),
    "weights_dir": frozenset({"embedded"}),
    "threads": frozenset({"embedded"}),
    "disk_reserve_mb": frozenset({"embedded"}),
}
# A judge with an address of its own uses none of these.
_OF_A_SERVICE: Final = frozenset({"base_url", "api_key", "ollama_host"})


def unused_settings(settings: Settings, *, from_elsewhere: Iterable[str] = ()) -> list[str]:
    """Return a sentence for each setting that was given and changes nothing.

    `from_elsewhere` are those that were set for another program, of which nothing is said.
    """
    given = [name for name in type(settings).model_fields if name in settings.model_fields_set]
    told = [sentence for name in given if name not in from_elsewhere for sentence in _about(settings, name)]
    return [f"{sentence}." for sentence in told]


def _about(settings: Settings, name: str) -> Iterator[str]:
    if name in _USED_BY and getattr(settings, name) is not None and not _is_used(settings, name):
        yield f"{_called(name)} is not used by the provider {settings.provider}: {_advice(settings, name)}"
    elif name == "judge_base_url" and settings.judge_provider not in ("openai", "ollama"):
        yield f"{_called(name)} is not used: it is for --judge-provider openai or ollama"
    elif name == "judge_api_key" and (settings.judge_provider != "openai" or settings.judge_base_url is None):
        yield f"{_called(name)} is not used: it is for --judge-provider openai with --judge-base-url"


def _is_used(settings: Settings, name: str) -> bool:
    if name == "base_url" and settings.ollama_address != settings.ollama_host:
        return True
    kinds = {"ollama", "embedded"} if settings.provider == "auto" else {settings.provider}
    if settings.judge_provider is not None and (settings.judge_base_url is None or name not in _OF_A_SERVICE):
        kinds = kinds | {settings.judge_provider}
    return bool(kinds & _USED_BY[name])


def _advice(settings: Settings, name: str) -> str:
    match name:
        case "base_url" if settings.provider == "ollama":
            return "the address of Ollama is set by --ollama-host or OLLAMA_HOST, which comes first"
        case "base_url":
            return "to use this address, set --provider openai"
        case "context_tokens":
            return "its server decides how long the context is; only the turns of a conversation are counted with it"
        case _:
            return f"it is for --provider {min(_USED_BY[name])}"


def _called(name: str) -> str:
    """Return what a person calls a setting; secrets have no option."""
    return variable_of(name) if name.endswith("api_key") else option_of(name)
