"""The embedded provider: weights of the catalogue or a GGUF file, run by llama.cpp in a child process."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

from llmfirst.errors import ModelMissing
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import Capabilities, Chunk, ModelCard, ProviderKind, Pulled, Request, Warmth
from llmfirst.providers.catalog import (
    Weights,
    default_weights,
    find_weights,
    hub_answers,
    is_hub_name,
    load_catalog,
    weights_here,
)
from llmfirst.providers.download import delete_weights, discard_weights, fetch, located
from llmfirst.providers.json_file import read_json, write_json
from llmfirst.providers.llama_process import LlamaOptions, LlamaProcess
from llmfirst.providers.openai_request import CAPABILITIES
from llmfirst.values import Value

_HUB_NAMES: Final = "hub.json"


class DefaultSource(Value):
    """Which source the default model of this machine has."""

    where: Literal["hub", "index"]


class HubNames(Value):
    """The models of the hub that were brought here by name; the catalogue does not have them."""

    names: tuple[str, ...] = ()


class EmbeddedProvider:
    """A Provider and ModelManager that needs no service. One model stays loaded, and others while a reply is open."""

    name = "embedded"
    kind: ProviderKind = "embedded"
    address: str | None = None

    def __init__(
        self,
        data_dir: Path,
        *,
        weights_dir: Path | None = None,
        context_tokens: int = 8192,
        slots: int = 1,
        threads: int | None = None,
        disk_reserve_bytes: int = 200_000_000,
        silence_limit_seconds: float = 120.0,
    ) -> None:
        self._folder = data_dir / "models"
        self._weights_dir = weights_dir
        self._disk_reserve_bytes = disk_reserve_bytes
        self._options = LlamaOptions(
            context_tokens=context_tokens,
            slots=slots,
            threads=threads or usable_cores(),
            silence_limit_seconds=silence_limit_seconds,
            log_path=data_dir / "llama.log",
        )
        self._catalog = load_catalog()
        self._processes: dict[tuple[str, int], LlamaProcess] = {}  # by the model and its context
        self._starting = asyncio.Lock()
        self._asking = asyncio.Lock()

    def capabilities(self, model: str) -> Capabilities:
        count = next((weights.parameter_count for weights in self._catalog if weights.name == model), None)
        process = next((process for (name, _), process in self._processes.items() if name == model), None)
        able = CAPABILITIES["llama.cpp"] if process is None else process.capabilities
        known = {} if count is None else {"parameter_count": count}
        return able.model_copy(update={"ignores": (), **known})  # it loads the model with the context that is asked for

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        process = await self._running(request.model, request.context_tokens)
        async with aclosing(process.stream(request)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def models(self) -> tuple[ModelCard, ...]:
        default = await self._default()
        brought = await asyncio.to_thread(weights_here, (await self._hub_names()).names, self._folder)
        cards = [await asyncio.to_thread(self._card, weights) for weights in (*self._catalog, *brought)]
        because: Literal["hub_answers", "index_only"] = "hub_answers" if default == "hub" else "index_only"
        name = default_weights(self._catalog, default).name
        return tuple(
            card.model_copy(update={"default_because": because}) if card.name == name else card for card in cards
        )

    async def build(self) -> str | None:
        return f"xllamacpp {version('xllamacpp')}"

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        wanted = self._wanted(model, context_tokens)
        was_cold = wanted not in self._processes or not self._processes[wanted].is_running
        await self._running(model, context_tokens)
        for loaded, process in list(self._processes.items()):
            if loaded != wanted and process.open_streams == 0:
                await self._processes.pop(loaded).end()
        return Warmth(was_cold=was_cold, placement=self._options.placement)

    def can_pull(self, model: str) -> bool:
        return is_hub_name(model) or any(weights.name == model for weights in self._catalog)

    def is_answering(self, model: str) -> bool:
        return any(name == model and process.open_streams > 0 for (name, _), process in self._processes.items())

    async def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
        weights = await find_weights(model, self._catalog, self._folder)
        if isinstance(weights, Path):
            return
        steps = fetch(weights, self._folder, weights_dir=self._weights_dir, disk_reserve_bytes=self._disk_reserve_bytes)
        async with aclosing(steps):
            async for step in steps:
                yield step
        if is_hub_name(model):
            await self._remember((*(await self._hub_names()).names, model))

    async def show(self, model: str) -> ModelCard:
        weights = await find_weights(model, self._catalog, self._folder)
        if isinstance(weights, Path):
            size = await asyncio.to_thread(lambda: weights.stat().st_size)
            return ModelCard(name=model, size_bytes=size, is_loaded=self._is_loaded(model))
        return await asyncio.to_thread(self._card, weights)

    async def unload(self, model: str) -> None:
        for loaded in [loaded for loaded in self._processes if loaded[0] == model]:
            await self._processes.pop(loaded).end()

    async def discard(self, model: str) -> None:
        weights = await find_weights(model, self._catalog, self._folder)
        if not isinstance(weights, Path):
            await asyncio.to_thread(discard_weights, weights, self._folder)

    async def delete(self, model: str) -> None:
        weights = await find_weights(model, self._catalog, self._folder)
        if isinstance(weights, Path):
            raise ModelMissing(f"{model} is a file of yours and was not downloaded: nothing was deleted.")
        await self.unload(model)
        if not await asyncio.to_thread(delete_weights, weights, self._folder):
            raise ModelMissing(f"There are no downloaded weights of {model}: nothing was deleted.")
        await self._remember(tuple(name for name in (await self._hub_names()).names if name != model))

    async def aclose(self) -> None:
        for process in list(self._processes.values()):
            await process.end()
        self._processes.clear()

    async def _hub_names(self) -> HubNames:
        return await asyncio.to_thread(read_json, self._folder / _HUB_NAMES, HubNames) or HubNames()

    async def _remember(self, names: tuple[str, ...]) -> None:
        known = HubNames(names=tuple(dict.fromkeys(names)))
        await asyncio.to_thread(write_json, self._folder / _HUB_NAMES, known)

    async def _default(self) -> Literal["hub", "index"]:
        """Ask once whether the hub answers, and store it: the default must not change between starts."""
        path = self._folder / "default.json"
        async with self._asking:
            default = await asyncio.to_thread(read_json, path, DefaultSource)
            if default is None:
                default = DefaultSource(where="hub" if await hub_answers() else "index")
                await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
                await asyncio.to_thread(write_json, path, default)
            return default.where

    async def _running(self, model: str, context_tokens: int | None) -> LlamaProcess:
        wanted = self._wanted(model, context_tokens)
        async with self._starting:
            process = self._processes.get(wanted)
            if process is not None and process.is_running:
                return process
            if process is not None:
                await self._processes.pop(wanted).end()
            path = await self.path_of(model)
            options = replace(self._options, context_tokens=wanted[1])
            self._processes[wanted] = await LlamaProcess.start(model, path, options)
            return self._processes[wanted]

    def _wanted(self, model: str, context_tokens: int | None) -> tuple[str, int]:
        return model, self._options.context_tokens if context_tokens is None else context_tokens

    async def path_of(self, model: str) -> Path:
        """Return the file of a model's weights. Raises ModelMissing if it is not here."""
        weights = await find_weights(model, self._catalog, self._folder)
        if isinstance(weights, Path):
            return weights
        path = await asyncio.to_thread(located, weights, self._folder, self._weights_dir)
        if path is None:
            raise ModelMissing(
                f"The weights of {model} are not here yet: choose it on the page to download them.",
                ModelProblem(code="not_here", model=model),
            )
        return path

    def _is_loaded(self, model: str) -> bool:
        return any(name == model and process.is_running for (name, _), process in self._processes.items())

    def _card(self, weights: Weights) -> ModelCard:
        return ModelCard(
            name=weights.name,
            digest=f"sha256:{weights.sha256}",
            size_bytes=weights.size_bytes,
            quantization=weights.quantization,
            context_tokens=weights.context_tokens,
            licence=weights.licence,
            is_here=located(weights, self._folder, self._weights_dir) is not None,
            is_loaded=self._is_loaded(weights.name),
            thinks=False,
            gpu_share=_gpu_share() if self._is_loaded(weights.name) else None,
        )


def _gpu_share() -> float | None:
    """Return 0 where the wheel of llama.cpp is one for processors; None where it can use a GPU."""
    return 0.0 if sys.platform == "linux" else None


def usable_cores() -> int:
    """Return how many cores this process may use."""
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
