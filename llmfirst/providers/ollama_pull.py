"""A model that Ollama brings from a registry: its name, how far it is, the disk for it, and what can go wrong."""

import re
import shutil
from pathlib import Path
from typing import Final

from ollama import ProgressResponse

from llmfirst.errors import ModelMissing, ProviderError, ProviderInterrupted, ProviderRejected
from llmfirst.model_problem import ModelProblem, ProblemCode
from llmfirst.providers.base import Pulled
from llmfirst.providers.ollama_wire import Layer
from llmfirst.providers.words import it_said
from llmfirst.values import Value

# As Ollama's own parser: [scheme://host[:port]/][namespace/]model[:tag]. No part begins with a dot, so none is a path.
_HOST: Final = r"[a-z0-9][\w.-]{0,252}(?::[0-9]{1,5})?"
_NAMESPACE: Final = r"[a-z0-9_][\w-]{0,79}"
_PART: Final = r"[a-z0-9_][\w.-]{0,79}"
_NAME: Final = re.compile(
    rf"(?:(?:(?P<scheme>https?)://)?{_HOST}/{_NAMESPACE}/|(?:{_NAMESPACE}/)?){_PART}(?::{_PART})?",
    re.IGNORECASE | re.ASCII,
)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_ROOM_CHECK_BYTES: Final = 1_000_000  # manifests and templates come with less

# What stopped a pull, in the words of Ollama, of its Go library and of the registries that it asks.
_NO_SPACE: Final = re.compile(r"no space left|not enough space|disk quota exceeded|disk is full", re.IGNORECASE)
_TOO_OLD: Final = re.compile(r"newer version of ollama|pull model manifest: 412", re.IGNORECASE)
_BAD_NAME: Final = re.compile(r"invalid model name|name .{0,200} is invalid", re.IGNORECASE)
_NO_SUCH: Final = re.compile(r"file does not exist|manifest unknown", re.IGNORECASE)
_NOT_GIVEN: Final = re.compile(r"unauthorized|access denied|pull model manifest: 40[0-9]", re.IGNORECASE)
_AWAY: Final = re.compile(
    r"dial tcp|no such host|connection refused|connection reset|network is unreachable|timeout|timed out"
    r"|max retries exceeded|deadline exceeded|unexpected EOF|HTTP response to HTTPS client|x509|pull model manifest: 5",
    re.IGNORECASE,
)


class PullName(Value):
    """A name that Ollama can bring; `is_insecure`: its registry is asked without TLS, because the name says http."""

    model: str
    is_insecure: bool


def pull_name(model: str) -> PullName | None:
    """Read a name as somebody wrote it; None where no registry can have it."""
    told = _NAME.fullmatch(model)
    return None if told is None else PullName(model=model, is_insecure=(told["scheme"] or "").casefold() == "http")


def name_refused(model: str) -> ProviderError:
    """Return the error for what is no name."""
    return ProviderRejected(
        f"{model[:200]!r} is no name of a model: write one such as qwen3:4b-instruct, hf.co/owner/repository:Q4_K_M or "
        "registry.example:5000/team/model:tag.",
        ModelProblem(code="bad_name", service="Ollama", model=model[:200]),
    )


class PullProgress:
    """How far a model is: its layers come one after the other, and each is told when it begins."""

    def __init__(self) -> None:
        self._layers: dict[str, tuple[int, int]] = {}

    def after(self, frame: ProgressResponse) -> Pulled:
        """Return the sum over the layers after a line of Ollama."""
        layer = Layer(completed=frame.completed, total=frame.total)
        if frame.digest is not None and layer.total is not None:
            self._layers[frame.digest] = (layer.completed or 0, layer.total)
        return Pulled(
            stage="downloading" if (frame.status or "").startswith("pulling") else "checking",
            done_bytes=sum(done for done, _ in self._layers.values()),
            total_bytes=sum(total for _, total in self._layers.values()) if self._layers else None,
        )


class ModelsFolder:
    """The folder of an Ollama on this machine, known from a file that it has begun there; else the disk is not asked.

    It may be set (OLLAMA_MODELS), belong to this user, or to the service of the system.
    """

    def __init__(self, told: Path | None, *, reserve_bytes: int) -> None:
        usual = (Path.home() / ".ollama" / "models", Path("/usr/share/ollama/.ollama/models"))
        self._places = usual if told is None else (told,)
        self._reserve_bytes = reserve_bytes

    def check_room(self, pulled: Pulled, digest: str | None, model: str) -> None:
        """Raise ProviderRejected where the disk does not take the rest of a model."""
        missing_bytes = (pulled.total_bytes or 0) - pulled.done_bytes
        if digest is None or _DIGEST.fullmatch(digest) is None or missing_bytes < _ROOM_CHECK_BYTES:
            return
        begun = f"{digest.replace(':', '-')}-partial"
        folder = next((place for place in self._places if (place / "blobs" / begun).exists()), None)
        if folder is None or (free_bytes := shutil.disk_usage(folder).free) >= missing_bytes + self._reserve_bytes:
            return
        raise ProviderRejected(
            f"{model} needs {(missing_bytes + self._reserve_bytes) / 1e6:,.0f} MB more of disk in {folder}, with the "
            f"{self._reserve_bytes / 1e6:,.0f} MB that stay free, and {free_bytes / 1e6:,.0f} MB are free: delete a "
            "model that nobody uses, or let Ollama keep its models elsewhere (OLLAMA_MODELS).",
            ModelProblem(code="ollama_no_disk", service="Ollama", model=model),
        )


def pull_refusal(words: str, model: str) -> ProviderError | None:
    """Return what a line with an error means while a model is brought; None for one that says nothing of that."""

    def problem(code: ProblemCode) -> ModelProblem:
        return ModelProblem(code=code, service="Ollama", model=model, said="" if code == "not_in_registry" else words)

    said = it_said(words)
    if _NO_SPACE.search(words):
        return ProviderRejected(
            f"The disk of Ollama is full, so {model} is not whole: delete a model that nobody uses, then resume.{said}",
            problem("ollama_no_disk"),
        )
    if _TOO_OLD.search(words):
        return ProviderRejected(
            f"This Ollama is too old for {model}: update it from https://ollama.com/download, then resume.{said}",
            problem("ollama_old"),
        )
    if _BAD_NAME.search(words):
        return name_refused(model)
    if _NO_SUCH.search(words):
        return ModelMissing(f"The registry has no model {model}: check its name.", problem("not_in_registry"))
    if _AWAY.search(words):
        return ProviderInterrupted(
            f"The registry that has {model} does not answer: look at the network, then ask again for it; "
            f"what has come is kept.{said}",
            problem("registry_away"),
        )
    if _NOT_GIVEN.search(words):
        return ProviderRejected(
            f"The registry does not give {model}: check its name, or whether one must be logged in to have it.{said}",
            problem("registry_refused"),
        )
    return None
