"""The energy of an answer, where the hardware counts it: RAPL for processors, NVML for NVIDIA's GPUs."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llmfirst.machine.nvml import GpuLoad, read_gpus

logger = logging.getLogger(__name__)

_POWERCAP: Final = Path("/sys/class/powercap")
_PACKAGES: Final = "intel-rapl:[0-9]*"  # AMD's too; what stands after a second colon is a part of a package


@dataclass(frozen=True)
class Counter:
    """What one part of the machine has counted."""

    joules: float
    wraps_at: float | None = None
    """Where the counter begins again at 0; None: never while we run."""

    def since(self, before: "Counter") -> float:
        """Return the energy that was used between two readings that are less than a whole round apart."""
        used = self.joules - before.joules
        return used if used >= 0 or self.wraps_at is None else used + self.wraps_at


Reading = Mapping[str, Counter]


def read_counters(powercap: Path = _POWERCAP, gpus: Callable[[], tuple[GpuLoad, ...]] = read_gpus) -> Reading:
    """Return what each part of the machine has counted; empty where nothing counts, or nobody may read it."""
    counters: dict[str, Counter] = {}
    for zone in sorted(powercap.glob(_PACKAGES)):
        if zone.name.count(":") > 1:
            continue
        try:
            used, most = (int((zone / name).read_text()) for name in ("energy_uj", "max_energy_range_uj"))
        except (OSError, ValueError) as error:  # only root may read it on most systems
            logger.debug("%s tells no energy: %s", zone, error)
            continue
        counters[zone.name] = Counter(used / 1e6, most / 1e6)
    for number, gpu in enumerate(gpus()):
        if gpu.joules is not None:
            counters[f"gpu {number}"] = Counter(gpu.joules)
    return counters


@dataclass
class _Open:
    began: Reading
    is_alone: bool


class EnergyMeter:
    """Measures what the machine used during an answer; nothing where several answers shared it."""

    def __init__(self, read: Callable[[], Reading] = read_counters) -> None:
        self._read = read
        self._open: dict[str, _Open] = {}

    def begin(self, run_id: str) -> None:
        """Count from now on for a run."""
        for other in self._open.values():
            other.is_alone = False
        self._open[run_id] = _Open(self._read(), is_alone=not self._open)

    def end(self, run_id: str) -> float | None:
        """Return the joules since `begin`; None where nothing counted them, or for a run that was not alone."""
        run = self._open.pop(run_id, None)
        if run is None or not run.is_alone or not run.began:
            return None
        ended = self._read()
        return sum(ended[name].since(counter) for name, counter in run.began.items() if name in ended)
