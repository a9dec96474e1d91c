import asyncio
from pathlib import Path

from llmfirst.engine.idle import Idle
from llmfirst.engine.profile_probe import ProbeAnswer, ProbeSteps
from llmfirst.engine.profiles import ProfileBook, load_profiles, model_key
from llmfirst.engine.prompts import PROBE_QUESTIONS
from llmfirst.offers import Offer
from llmfirst.providers.base import ModelCard
from llmfirst.runs.owners import LOCAL
from llmfirst.runs.preflight import preflight
from llmfirst.runs.probe_archive import ProbeArchive
from tests.live_runs import WHOLE, opened_with_models
from tests.probing import probe_of
from tests.scripted import END, PerSection, Step

TRIED = ProbeAnswer(
    question=PROBE_QUESTIONS[0][1],
    profile="instructed",
    core="So.",
    text="So it is.",
    seconds=1.0,
    faults=(),
    language_kept=1.0,
)


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


def test_without_answers_the_time_is_estimated_from_the_probe_or_from_the_measured_speed(tmp_path: Path) -> None:
    words: list[Step] = [step for number in range(30) for step in (f"w{number} ", 0.01)]
    provider = PerSection(["plan", END], [*words, END], ["details", END], ["end", END])

    async def main() -> None:
        async with opened_with_models(tmp_path, provider) as (runs, models, documents):
            offer, handle = models.chosen.offer, models.handle(None)
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=5)
            await runs.ended(run_id)
            await runs.history.delete(run_id, LOCAL)
            by_speed = await preflight(models, runs, offer)
            assert (by_speed.basis, by_speed.answers) == ("rates", 0)
            assert by_speed.seconds_each is not None
            assert 1 < by_speed.seconds_each < 60

            made = ProbeSteps(
                steps=tuple(TRIED.model_copy(update={"seconds": seconds}) for seconds in (20.0, 30.0, 70.0))
            )
            ProbeArchive(documents).keep_steps(model_key(handle), made)
            probe = probe_of(models, Idle(), documents, profiles=ProfileBook(load_profiles()))
            tried = await preflight(models, runs, offer, probe)
            assert (tried.basis, tried.seconds_each, tried.answers) == ("probe", 30.0, 3)

    asyncio.run(main())
