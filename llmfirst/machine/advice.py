"""Advice for this machine: rules over what is set and what was measured, each with the command to carry it out. Pure.

A rule that what was measured contradicts gives none: what is fast enough is not made faster, and no memory is saved
that is free.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal, NamedTuple

from llmfirst.machine.prediction import ModelSize, predicted
from llmfirst.machine.room import memory_needed

AdvicePhase = Literal["now", "weeks", "months"]
"""Now, in one to two weeks, in one to two months."""

AdviceCode = Literal[
    "larger_model",
    "smaller_model",
    "num_parallel",
    "num_parallel_one",
    "max_loaded_one",
    "max_loaded_two",
    "flash_attention",
    "kv_cache",
    "keep_alive",
    "context",
    "threads",
    "int4",
    "int8",
    "more_gpu_memory",
    "gpu",
    "gpu_for_larger",
    "vllm",
    "tensorrt",
]
Place = Literal["ollama", "openai", "embedded"]

_TIGHT: Final = 0.7  # of the memory; from here on it is worth saving
_HARDEST: Final = 3
_PEOPLE: Final = 3  # who ask at the same time, to say what a line means
_PATIENCE_SECONDS: Final = 5.0  # for the first text of the last of them
_WHOLE_WEIGHTS: Final = frozenset({"F16", "BF16", "F32"})  # as services name what is not quantised
_SHORT_CONTEXT: Final = 4096
_KEPT_MINUTES: Final = 30  # which every call to Ollama asks for


@dataclass(frozen=True)
class Situation:
    """What is set, and what was measured of the model in use; None where nothing tells."""

    provider: Place
    model: str
    size_bytes: int | None
    parameter_count: int | None
    quantization: str | None
    gpu_share: float | None
    """How much of the loaded model is on the GPU."""
    tier: int | None
    """The hardest tier whose times its answers kept; only with `total_seconds`."""
    first_text_seconds: float | None
    total_seconds: float | None
    token_seconds: float | None
    slots: int
    context_tokens: int
    threads: int | None
    cores: int
    memory_bytes: int
    gpu_bytes: int
    """Of the largest GPU; 0 without one."""
    judge: str | None = None
    """A model of the same Ollama that judges."""
    judge_bytes: int | None = None
    best: str | None = None
    """The largest model that is expected to keep the times of tier 1, where that is another one."""
    best_provider: Place | None = None
    beyond: ModelSize | None = None
    """The largest model that the memory holds, and that is expected to be too slow here."""
    beyond_seconds: float | None = None
    """What a whole answer of it would take."""
    runs_vllm: bool = False

    @property
    def is_measured(self) -> bool:
        return self.total_seconds is not None

    @property
    def is_too_slow(self) -> bool:
        """Whether its answers here did not keep the times of any tier."""
        return self.is_measured and self.tier is None

    @property
    def needed_bytes(self) -> int:
        return 0 if self.size_bytes is None else memory_needed(self.size_bytes, self.context_tokens)

    @property
    def room_bytes(self) -> int:
        """The memory in which the model computes."""
        return self.gpu_bytes if self.gpu_share else self.memory_bytes

    @property
    def is_tight(self) -> bool:
        return self.size_bytes is not None and self.needed_bytes > _TIGHT * self.room_bytes


Figures = Mapping[str, str | int | float]


class Advice(NamedTuple):
    """One piece of advice; `figures` are filled into its words."""

    code: AdviceCode
    phase: AdvicePhase
    command: str
    """One line for each step; empty where there is nothing to do."""
    figures: Figures


def advice_for(now: Situation) -> tuple[Advice, ...]:
    """Return all advice that what was measured does not contradict, by phases."""
    return tuple(advice for rule in _RULES for advice in rule(now))


def _models(now: Situation) -> Iterator[Advice]:
    if now.best is None:
        return
    is_ollama = now.best_provider == "ollama"
    command = f"ollama pull {now.best}\nllmfirst --model {now.best}" if is_ollama else f"llmfirst --model {now.best}"
    if now.is_too_slow:
        seen = {"seconds": now.total_seconds or 0.0, "first": now.first_text_seconds or 0.0}
        yield Advice("smaller_model", "now", command, {"model": now.best, **seen})
    else:
        yield Advice("larger_model", "now", command, {"model": now.best})


def _parallel(now: Situation) -> Iterator[Advice]:
    if now.provider != "ollama":
        return
    command = f"OLLAMA_NUM_PARALLEL={now.slots} ollama serve"
    if now.slots > 1:
        yield Advice("num_parallel", "now", command, {"slots": now.slots})
    else:
        yield Advice("num_parallel_one", "now", command, {"context": now.context_tokens})


def _loaded(now: Situation) -> Iterator[Advice]:
    if now.provider != "ollama":
        return
    both = now.needed_bytes + memory_needed(now.judge_bytes or 0, now.context_tokens)
    has_judge = now.judge is not None and now.judge != now.model
    if has_judge and now.judge_bytes is not None and both <= now.room_bytes * _TIGHT:
        used: Figures = {"gigabytes": both / 1e9, "room": now.room_bytes / 1e9}
        names = {"model": now.model, "judge": now.judge or ""}
        yield Advice("max_loaded_two", "now", "OLLAMA_MAX_LOADED_MODELS=2 ollama serve", {**names, **used})
    elif now.is_tight or has_judge:
        used = {"gigabytes": now.needed_bytes / 1e9, "room": now.room_bytes / 1e9}
        yield Advice("max_loaded_one", "now", "OLLAMA_MAX_LOADED_MODELS=1 ollama serve", used)


def _memory(now: Situation) -> Iterator[Advice]:
    context = max(0, now.needed_bytes - (now.size_bytes or 0)) / 1e9
    if now.provider == "ollama" and now.gpu_share:
        yield Advice("flash_attention", "now", "OLLAMA_FLASH_ATTENTION=1 ollama serve", {"gigabytes": context})
    if now.provider == "ollama" and now.is_tight:
        command = "OLLAMA_FLASH_ATTENTION=1 OLLAMA_KV_CACHE_TYPE=q8_0 ollama serve"
        yield Advice("kv_cache", "now", command, {"gigabytes": context, "half": context / 2})
    if now.provider != "openai" and now.is_tight and now.context_tokens > _SHORT_CONTEXT:
        less = memory_needed(now.size_bytes or 0, _SHORT_CONTEXT) / 1e9
        figures: Figures = {"context": now.context_tokens, "gigabytes": now.needed_bytes / 1e9, "less": less}
        yield Advice("context", "now", f"llmfirst --context-tokens {_SHORT_CONTEXT}", figures)
    if now.provider == "ollama":
        yield Advice("keep_alive", "now", "", {"minutes": _KEPT_MINUTES})


def _processors(now: Situation) -> Iterator[Advice]:
    if now.provider == "embedded" and now.threads is not None and now.threads < now.cores and now.tier != _HARDEST:
        figures: Figures = {"threads": now.threads, "cores": now.cores}
        yield Advice("threads", "now", f"llmfirst --threads {now.cores}", figures)


def _weights(now: Situation) -> Iterator[Advice]:
    if now.provider != "ollama" or now.size_bytes is None or now.tier == _HARDEST:
        return
    if (now.quantization or "").upper() not in _WHOLE_WEIGHTS:
        return
    create = f"echo 'FROM {now.model}' > Modelfile && ollama create {now.model}-{{0}} --quantize {{0}} -f Modelfile"
    gigabytes = now.size_bytes / 1e9
    yield Advice("int8", "weeks", create.format("q8_0"), {"gigabytes": gigabytes, "less": gigabytes / 2})
    yield Advice("int4", "weeks", create.format("q4_K_M"), {"gigabytes": gigabytes, "less": gigabytes / 4})


def _hardware(now: Situation) -> Iterator[Advice]:
    if now.gpu_share is not None and 0 < now.gpu_share < 1:
        lacks: Figures = {"gigabytes": now.needed_bytes / 1e9, "room": now.gpu_bytes / 1e9}
        yield Advice("more_gpu_memory", "weeks", "nvidia-smi", {"share": 100 * now.gpu_share, **lacks})
        return
    is_enough = now.gpu_bytes > 0 or now.tier == _HARDEST or now.provider == "openai"
    if is_enough or now.total_seconds is None or not now.size_bytes:
        return
    size = ModelSize(name=now.model, size_bytes=now.size_bytes, parameter_count=now.parameter_count)
    expected = predicted(size, [], has_gpu=True)
    if expected is not None and expected.total_seconds < now.total_seconds:
        times = {"seconds": now.total_seconds, "less": expected.total_seconds}
        yield Advice("gpu", "weeks", "", {"gigabytes": now.needed_bytes / 1e9, **times})


def _larger_with_gpu(now: Situation) -> Iterator[Advice]:
    """Say what a GPU would make of the largest model that this machine holds and is too slow for."""
    if now.gpu_bytes > 0 or now.beyond is None or now.beyond_seconds is None:
        return
    expected = predicted(now.beyond, [], has_gpu=True)
    if expected is not None and expected.tier is not None and expected.total_seconds < now.beyond_seconds:
        needed = memory_needed(now.beyond.size_bytes, now.context_tokens) / 1e9
        times = {"seconds": now.beyond_seconds, "less": expected.total_seconds}
        yield Advice("gpu_for_larger", "weeks", "", {"model": now.beyond.name, "gigabytes": needed, **times})


def _servers(now: Situation) -> Iterator[Advice]:
    if now.runs_vllm or now.total_seconds is None:
        return
    wait = now.total_seconds * (ceil(_PEOPLE / now.slots) - 1)
    is_enough = now.tier == _HARDEST and wait <= _PATIENCE_SECONDS
    start = "llmfirst --provider openai --base-url http://HOST:8000/v1"
    if not is_enough:
        command = f"vllm serve OWNER/MODEL --max-model-len {now.context_tokens}\n{start}"
        yield Advice("vllm", "months", command, {"people": _PEOPLE, "slots": now.slots, "seconds": wait})
    if now.gpu_bytes and now.tier != _HARDEST:
        command = f"trtllm-serve OWNER/MODEL\n{start}"
        yield Advice("tensorrt", "months", command, {"seconds": now.total_seconds})


_RULES: Final[tuple[Callable[[Situation], Iterator[Advice]], ...]] = (
    _models,
    _parallel,
    _loaded,
    _memory,
    _processors,
    _weights,
    _hardware,
    _larger_with_gpu,
    _servers,
)
