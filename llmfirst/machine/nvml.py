"""NVIDIA's GPUs, where their library (`nvidia-ml-py`) is installed and finds one."""

import importlib
import logging
from dataclasses import dataclass
from functools import cache
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GpuLoad:
    """How busy one GPU is; None where it does not tell."""

    name: str
    used_bytes: int
    total_bytes: int
    busy: float | None
    """From 0 to 1."""
    watts: float | None
    joules: float | None
    """All energy that it has used since its driver was loaded."""


@cache
def nvml() -> Any | None:
    """Return NVIDIA's library, opened once; None without a GPU of theirs or without the library."""
    try:
        library = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        library.nvmlInit()
    except library.NVMLError as error:
        logger.info("no GPU is read: %s", error)
        return None
    return library


def read_gpus(library: Any | None = None) -> tuple[GpuLoad, ...]:
    """Return how busy each GPU is; none where nothing tells."""
    library = nvml() if library is None else library
    if library is None:
        return ()
    try:
        return tuple([_read(library, number) for number in range(library.nvmlDeviceGetCount())])
    except library.NVMLError as error:  # its driver was changed while we run
        logger.info("the GPUs cannot be read: %s", error)
        return ()


def _read(library: Any, number: int) -> GpuLoad:
    device = library.nvmlDeviceGetHandleByIndex(number)
    name, memory = library.nvmlDeviceGetName(device), library.nvmlDeviceGetMemoryInfo(device)
    busy = _told(library, lambda: library.nvmlDeviceGetUtilizationRates(device).gpu / 100)
    milliwatts = _told(library, lambda: library.nvmlDeviceGetPowerUsage(device))
    millijoules = _told(library, lambda: library.nvmlDeviceGetTotalEnergyConsumption(device))
    return GpuLoad(
        name=name.decode() if isinstance(name, bytes) else str(name),
        used_bytes=int(memory.used),
        total_bytes=int(memory.total),
        busy=busy,
        watts=None if milliwatts is None else milliwatts / 1000,
        joules=None if millijoules is None else millijoules / 1000,
    )


def _told(library: Any, ask: Any) -> float | None:
    """Return what a GPU tells; None where it does not know the question."""
    try:
        return float(ask())
    except library.NVMLError:
        return None
