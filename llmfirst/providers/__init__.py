"""Who runs the model: Ollama, any OpenAI-compatible server, or llama.cpp in a child process."""

from typing import Final, assert_never

from llmfirst.errors import SetupError
from llmfirst.providers.base import Provider, ProviderKind
from llmfirst.settings import Settings

# Not for answers, which end by their own deadline before: a judge may read a long prompt on a slow machine.
_LEAST_SILENCE_SECONDS: Final = 120.0


def open_providers(settings: Settings) -> dict[ProviderKind, Provider]:
    """Open the providers that the settings allow, in the order in which they are tried; nothing is contacted yet."""
    kinds: tuple[ProviderKind, ...] = ("ollama", "embedded") if settings.provider == "auto" else (settings.provider,)
    return {kind: open_provider(settings, kind) for kind in kinds}


def open_judge(settings: Settings) -> Provider | None:
    """Open the service that the judge's own settings name; None when they name none."""
    if settings.judge_provider is None:
        return None
    own = settings.judge_base_url is not None  # a key goes to the server that it was given for, and to no other
    changed = {
        "base_url": settings.judge_base_url if own else settings.base_url,
        "ollama_host": settings.judge_base_url if own else settings.ollama_address,
        "api_key": settings.judge_api_key if own else settings.api_key,
    }
    return open_provider(settings.model_copy(update=changed), settings.judge_provider)


def open_provider(settings: Settings, kind: ProviderKind) -> Provider:
    """Open one provider; SetupError says what its settings lack."""
    match kind:
        case "ollama":
            from llmfirst.providers.ollama import OllamaProvider

            return OllamaProvider(
                settings.ollama_address,
                context_tokens=settings.context_tokens,
                silence_limit_seconds=max(settings.deadline_seconds, _LEAST_SILENCE_SECONDS),
                models_path=settings.ollama_models,
                disk_reserve_bytes=settings.disk_reserve_mb * 1_000_000,
            )
        case "openai":
            from llmfirst.providers.openai import OpenAIProvider

            if settings.base_url is None:
                raise SetupError("The provider openai needs its server's address: set --base-url.")
            return OpenAIProvider(
                settings.base_url,
                api_key=None if settings.api_key is None else settings.api_key.get_secret_value(),
                dialect=None,
                silence_limit_seconds=max(settings.deadline_seconds, _LEAST_SILENCE_SECONDS),
            )
        case "embedded":
            from llmfirst.providers.embedded import EmbeddedProvider

            return EmbeddedProvider(
                settings.data_dir,
                weights_dir=settings.weights_dir,
                context_tokens=settings.context_tokens,
                slots=settings.slots,
                threads=settings.threads,
                disk_reserve_bytes=settings.disk_reserve_mb * 1_000_000,
                silence_limit_seconds=max(settings.deadline_seconds, _LEAST_SILENCE_SECONDS),
            )
        case _:
            assert_never(kind)
