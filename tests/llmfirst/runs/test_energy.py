"""What an answer has used stands in its record, where the machine counts it."""

import asyncio
from itertools import count
from pathlib import Path

import pytest

from llmfirst.answer import fold
from llmfirst.machine.energy import Counter, EnergyMeter
from llmfirst.ui.render import timing_strip
from tests.live_runs import WHOLE, opened_with_models
from tests.scripted import PerSection


class Elsewhere(PerSection):
    address = "192.0.2.7:11434"


@pytest.mark.parametrize(("provider", "joules"), [(PerSection(*WHOLE), 5.0), (Elsewhere(*WHOLE), None)])
def test_the_last_event_of_a_run_tells_the_energy_of_this_machine_since_admission(
    tmp_path: Path, provider: PerSection, joules: float | None
) -> None:
    counted = count(step=5.0)
    meter = EnergyMeter(lambda: {"package": Counter(next(counted))})

    async def main() -> None:
        async with opened_with_models(tmp_path, provider, energy=meter) as (runs, _, _):
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=5)
            await runs.ended(run_id)
            metrics = fold(await runs.so_far(run_id)).metrics()
            assert metrics.energy_joules == joules
            assert ("5 J" in timing_strip(metrics, "en")) is (joules is not None)

    asyncio.run(main())
