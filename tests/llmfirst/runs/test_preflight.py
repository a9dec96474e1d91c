import asyncio
from pathlib import Path

from llmfirst.models import Offer
from llmfirst.providers.base import ModelCard
from llmfirst.runs.preflight import preflight
from tests.live_runs import WHOLE, opened_with_models
from tests.scripted import PerSection


def test_a_preflight_measures_the_room_here_and_takes_the_time_from_earlier_answers(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE)

    async def main() -> None:
        async with opened_with_models(tmp_path, provider, slots=2) as (runs, models, _):
            offer = models.chosen.offer
            before = await preflight(models, runs, offer)
            assert (before.is_ready, before.is_warm, before.slots) == (True, True, 2)
            assert (before.seconds_each, before.answers, before.free_bytes) == (None, 0, None)
            assert provider.warms == 1  # looking loaded nothing
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=5)
            async for _ in runs.follow(run_id):
                pass
            after = await preflight(models, runs, offer)
            assert after.seconds_each is not None
            assert after.answers == 1
            assert (await preflight(models, runs, here)).is_ready is False
            assert (await preflight(models, runs, here)).free_bytes is not None

    here = Offer("embedded", ModelCard(name="small", size_bytes=1_000_000))
    asyncio.run(main())
