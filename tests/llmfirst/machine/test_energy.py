"""The energy of an answer, by counters in a folder like that of the system."""

from pathlib import Path

import pytest

from llmfirst.machine.energy import Counter, EnergyMeter, read_counters
from llmfirst.machine.nvml import GpuLoad

GPU = GpuLoad("g", 1, 2, None, None, 5.0)


def zone(folder: Path, name: str, used: str, most: str = "9000000") -> None:
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "energy_uj").write_text(used)
    (folder / name / "max_energy_range_uj").write_text(most)


def test_packages_and_gpus_are_counted_once_and_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "2500000\n")
    zone(tmp_path, "intel-rapl:0:0", "1")  # the cores, which are a part of it
    zone(tmp_path, "intel-rapl:1", "nothing")
    (tmp_path / "intel-rapl:2").mkdir()
    found = read_counters(tmp_path, lambda: (GPU, GpuLoad("dumb", 1, 2, None, None, None)))
    assert found == {"intel-rapl:0": Counter(2.5, 9.0), "gpu 0": Counter(5.0)}
    assert read_counters(tmp_path / "none", lambda: ()) == {}


def test_an_answer_alone_has_its_energy_also_where_a_counter_begins_again(tmp_path: Path) -> None:
    meter = EnergyMeter(lambda: read_counters(tmp_path, lambda: ()))
    zone(tmp_path, "intel-rapl:0", "8000000")
    meter.begin("a")
    zone(tmp_path, "intel-rapl:0", "1000000")
    assert meter.end("a") == pytest.approx(2.0)
    assert meter.end("a") is None


def test_answers_at_the_same_time_have_no_energy_of_their_own_and_without_counters_there_is_none() -> None:
    counted = iter([Counter(1.0), Counter(2.0), Counter(4.0), Counter(8.0)])
    meter = EnergyMeter(lambda: {"x": next(counted)})
    meter.begin("a")
    meter.begin("b")
    assert (meter.end("a"), meter.end("b")) == (None, None)
    meter.begin("c")
    assert meter.end("c") == 4.0
    silent = EnergyMeter(dict)
    silent.begin("d")
    assert silent.end("d") is None
