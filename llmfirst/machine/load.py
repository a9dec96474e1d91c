"""How busy this machine is now."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import psutil

from llmfirst.machine.nvml import GpuLoad, read_gpus

_SHORTEST_SECONDS: Final = 0.5  # between two looks at the processors, which are compared with each other


@dataclass(frozen=True)
class MachineLoad:
    """How busy the machine is."""

    used_bytes: int
    """The memory that programs cannot have any more."""
    total_bytes: int
    busy: float | None
    """The share of all processors that work, from 0 to 1; None at the first look."""
    cores: int
    gpus: tuple[GpuLoad, ...] = ()

    @property
    def free_bytes(self) -> int:
        return self.total_bytes - self.used_bytes


class LoadReader:
    """Reads how busy the machine is. Nothing is read between two calls."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        gpus: Callable[[], tuple[GpuLoad, ...]] = read_gpus,
    ) -> None:
        self._now = now
        self._gpus = gpus
        self._read_at: float | None = None
        self._times: tuple[float, float] | None = None
        self._busy: float | None = None

    def read(self) -> MachineLoad:
        """Return how busy the machine was since the call before. Blocks its thread for some milliseconds."""
        now = self._now()
        if self._read_at is None or now - self._read_at >= _SHORTEST_SECONDS:
            self._busy, self._times, self._read_at = *self._since(self._times), now
        memory = psutil.virtual_memory()
        return MachineLoad(
            used_bytes=memory.total - memory.available,
            total_bytes=memory.total,
            busy=self._busy,
            cores=psutil.cpu_count() or 1,
            gpus=self._gpus(),
        )

    def _since(self, before: tuple[float, float] | None) -> tuple[float | None, tuple[float, float]]:
        times = psutil.cpu_times()
        whole = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)  # they are in `user` too
        idle = times.idle + getattr(times, "iowait", 0.0)
        if before is None or whole <= before[0]:
            return None, (whole, idle)
        return max(0.0, min(1.0, 1 - (idle - before[1]) / (whole - before[0]))), (whole, idle)


def free_memory_bytes() -> int:
    """Return how much memory a program can still have."""
    return int(psutil.virtual_memory().available)
