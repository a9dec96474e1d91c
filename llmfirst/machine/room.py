"""Whether the memory of this machine holds a model beside what is in it now. Pure, but for the one that reads it."""

from dataclasses import dataclass
from typing import Final, Literal

from llmfirst.machine.load import free_memory_bytes
from llmfirst.machine.nvml import read_gpus

_CONTEXT_SHARE: Final = 0.06  # of the weights, for each 1,024 tokens of context
_BUFFERS_SHARE: Final = 0.05  # of the weights, for what is computed with
_SPARE_BYTES: Final = 500_000_000  # for other programs, which also need memory at times

FitKind = Literal[
    "beside",  # what is loaded stays
    "instead",  # what is loaded leaves
    "split",  # part of it computes on the processor, because the GPU does not hold all of it
    "too_large",
]


@dataclass(frozen=True)
class FreeMemory:
    """What is free now."""

    bytes: int
    gpu_bytes: int | None = None
    """Of all GPUs; None without one that tells."""


@dataclass(frozen=True)
class Fit:
    """How a model that is not loaded would lie in the memory."""

    kind: FitKind
    needed_bytes: int
    """About, with its context."""
    free_bytes: int
    """Where it would compute, with what leaves for it."""

    @property
    def doubt(self) -> Literal["split", "too_large"] | None:
        """What somebody who chooses the model should know before."""
        return self.kind if self.kind in ("split", "too_large") else None


def read_free_memory() -> FreeMemory:
    """Return what is free now; blocks its thread for some milliseconds."""
    gpus = read_gpus()
    on_gpus = sum(gpu.total_bytes - gpu.used_bytes for gpu in gpus) if gpus else None
    return FreeMemory(free_memory_bytes(), on_gpus)


def memory_needed(size_bytes: int, context_tokens: int) -> int:
    """Return about how much memory a model takes with its context."""
    return round(size_bytes * (1 + _BUFFERS_SHARE + _CONTEXT_SHARE * context_tokens / 1024))


def fit_of(size_bytes: int, context_tokens: int, free: FreeMemory, *, loaded_bytes: int = 0, uses_gpu: bool) -> Fit:
    """Return how a model would lie in the memory; `loaded_bytes` are those of the models that can leave for it."""
    needed, spare = memory_needed(size_bytes, context_tokens), max(0, free.bytes - _SPARE_BYTES)
    if uses_gpu and free.gpu_bytes is not None:
        room = free.gpu_bytes
        if room + loaded_bytes < needed <= room + loaded_bytes + spare:
            return Fit("split", needed, room + loaded_bytes)
    else:
        room = spare
    kind: FitKind = "beside" if needed <= room else "instead" if needed <= room + loaded_bytes else "too_large"
    return Fit(kind, needed, room if kind == "beside" else room + loaded_bytes)
