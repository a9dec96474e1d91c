"""How busy the machine is, and GPUs that tell it, by a library of the same shape as NVIDIA's."""

import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from llmfirst.machine.load import LoadReader
from llmfirst.machine.nvml import GpuLoad, nvml, read_gpus


class ScriptedNvml:
    """A library with GPUs; one of them knows nothing of its power."""

    class NVMLError(Exception):
        pass

    def __init__(self, gpus: int = 2, *, is_there: bool = True) -> None:
        self._gpus = gpus
        self._is_there = is_there

    def nvmlInit(self) -> None:
        if not self._is_there:
            raise self.NVMLError("Driver Not Loaded")

    def nvmlDeviceGetCount(self) -> int:
        return self._gpus

    def nvmlDeviceGetHandleByIndex(self, number: int) -> int:
        return number

    def nvmlDeviceGetName(self, device: int) -> str | bytes:
        return b"old" if device else "new"

    def nvmlDeviceGetMemoryInfo(self, _: int) -> Any:
        return SimpleNamespace(used=3_000, total=8_000)

    def nvmlDeviceGetUtilizationRates(self, _: int) -> Any:
        return SimpleNamespace(gpu=50)

    def nvmlDeviceGetPowerUsage(self, device: int) -> int:
        if device:
            raise self.NVMLError("Not Supported")
        return 70_000

    nvmlDeviceGetTotalEnergyConsumption = nvmlDeviceGetPowerUsage


def test_a_gpu_tells_what_it_knows_and_nothing_else() -> None:
    assert read_gpus(ScriptedNvml()) == (
        GpuLoad("new", 3_000, 8_000, 0.5, 70.0, 70.0),
        GpuLoad("old", 3_000, 8_000, 0.5, None, None),
    )


@pytest.mark.parametrize("is_there", [True, False])
def test_without_the_library_or_its_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch, *, is_there: bool) -> None:
    library = ScriptedNvml(1, is_there=False) if is_there else None
    monkeypatch.setitem(sys.modules, "pynvml", library)
    nvml.cache_clear()
    assert read_gpus() == ()
    nvml.cache_clear()


def test_the_processors_are_compared_with_the_look_before() -> None:
    clock = iter([0.0, 0.1, 5.0])
    reader = LoadReader(lambda: next(clock), gpus=lambda: ())
    first = reader.read()
    assert first.busy is None
    assert 0 < first.used_bytes < first.total_bytes
    assert reader.read().busy is None  # too soon after the first to say anything
    until = time.process_time() + 0.03
    while time.process_time() < until:  # something that the processors count
        pass
    busy = reader.read().busy
    assert busy is not None
    assert 0 <= busy <= 1
