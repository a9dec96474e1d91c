"""The probe that runs by itself: only while nobody uses the machine, and never in the way of a question."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.idle import Idle
from llmfirst.engine.profile_probe import ProbeSteps
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.engine.prompts import PROBE_QUESTIONS
from llmfirst.events import Admitted, AnswerEvent, AnswerFinished, ProfileName
from llmfirst.models import Models
from llmfirst.providers.base import Chunk, ModelCard, Request
from llmfirst.readiness import readiness_of
from llmfirst.runs.background_probe import QUIET_SECONDS, BackgroundProbe, ProbeState
from llmfirst.runs.probe_archive import ProbeArchive
from llmfirst.store import DocumentStore, open_database
from tests.clock import run
from tests.probing import Tryable, likes_instructed, likes_thinking, probe_of
from tests.scripted import asked, collect

KEY = "ollama/scripted"
OTHER = "ollama/other"
REQUESTS = 8 * (4 + 1) + 4 + 8 * 2
"""Four calls and a choice of the language for each answer, and for half of them whether it is worked out; two choices
between two answers, or two cores."""
ASKED_BY_PROBE = frozenset(question for _, question in PROBE_QUESTIONS)


class Loadable(Tryable):
    """One that tells which of its models are loaded."""

    def __init__(
        self,
        names: Sequence[str] = ("scripted",),
        seconds: float = 0.0,
        choose: Callable[[str], float] = likes_instructed,
    ) -> None:
        super().__init__(choose, seconds=seconds, thinks=choose is likes_thinking)
        self.loaded = set(names)
        self.names = names

    async def models(self) -> tuple[ModelCard, ...]:
        return tuple(
            ModelCard(name=name, digest=f"sha256:{name}", size_bytes=1, is_loaded=name in self.loaded)
            for name in self.names
        )

    def probed(self) -> list[str]:
        """Return the models of the probe's requests, one by one."""
        return [
            request.model
            for request in self.requests
            if any(question in message.content for question in ASKED_BY_PROBE for message in request.messages)
        ]


@dataclass
class Bench:
    models: Models
    engine: Engine
    admission: Admission
    probe: BackgroundProbe
    archive: ProbeArchive
    profiles: ProfileBook
    documents: DocumentStore

    async def ask(self) -> list[AnswerEvent]:
        """Ask a question of a person to its end."""
        return await collect(self.engine.answer(asked(), self.models.handle(KEY)))

    async def found(self, *keys: str) -> None:
        """Wait until the probes of these models are over."""
        while not all(self.profiles.is_found(self.models.handle(key)) for key in keys or (KEY,)):
            await self.admission.idle.lasting(1)

    async def load(self, key: str) -> None:
        self.models.begin(key)
        async for _ in readiness_of(self.models, key):
            pass


@pytest.fixture
def database(tmp_path: Path) -> sa.Engine:
    return open_database(tmp_path)


@asynccontextmanager
async def opened(
    provider: Tryable, database: sa.Engine, *, set_to: ProfileName | None = None, is_on: bool = True
) -> AsyncGenerator[Bench, None]:
    """Open a program with its probe running and its first model loaded."""
    admission, documents = Admission(slots=1, line_limit=8), DocumentStore(database)
    models, archive = Models({provider.kind: provider}, admission), ProbeArchive(documents)
    profiles = ProfileBook(load_profiles(), set_to, archive.found(), archive.thinking_pays())
    choice = await models.choose(None, lambda _: None)
    probe = probe_of(models, admission.idle, documents, profiles=profiles, is_on=is_on)
    engine = Engine(admission, deadline_seconds=120, wait_limit_seconds=300, profiles=profiles)
    bench = Bench(models, engine, admission, probe, archive, profiles, documents)
    await bench.load(choice.offer.key)
    probing = asyncio.create_task(probe.run())
    try:
        yield bench
    finally:
        probing.cancel()
        await asyncio.gather(probing, return_exceptions=True)
        await models.aclose()


def elapsed(events: Sequence[AnswerEvent]) -> list[tuple[str, float]]:
    return [(event.type, round(event.elapsed_seconds, 6)) for event in events]


def test_of_a_model_that_is_still_to_be_downloaded_nothing_was_found_out(database: sa.Engine) -> None:
    class Shelf(Loadable):
        async def models(self) -> tuple[ModelCard, ...]:
            return (*await super().models(), ModelCard(name="far", size_bytes=9, is_here=False))

    async def main() -> None:
        async with opened(Shelf(), database) as bench:
            (far,) = (offer.key for offer in await bench.models.offers() if offer.card.name == "far")
            assert bench.probe.thinking_pays(far) is None
            assert bench.probe.state(far) is None

    run(main())


def test_while_nobody_asks_the_probe_runs_to_its_end_once(database: sa.Engine) -> None:
    provider = Loadable(seconds=1.0)

    async def main() -> None:
        async with opened(provider, database) as bench:
            now, started = asyncio.get_running_loop().time, asyncio.get_running_loop().time()
            assert bench.profiles.choose(bench.models.handle(KEY))[:2] == ("instructed", "size_unknown")
            await asyncio.sleep(QUIET_SECONDS - 1)
            assert provider.requests == []
            assert bench.probe.state(KEY) == ProbeState("waiting", 1, 4, 0)
            await asyncio.sleep(2)
            assert bench.probe.state(KEY) == ProbeState("asking", 1, 4, 0)
            await bench.found()
            assert len(provider.requests) == REQUESTS
            assert now() - started >= QUIET_SECONDS + REQUESTS * 2
            assert bench.probe.state(KEY) is None
            assert bench.profiles.choose(bench.models.handle(KEY))[:2] == ("instructed", "probed")
            await bench.ask()
            await asyncio.sleep(10 * QUIET_SECONDS)
            assert len(provider.probed()) == REQUESTS

    run(main())
    assert provider.closed == provider.opened
    assert ProbeArchive(DocumentStore(database)).found() == {"sha256:scripted": "instructed"}
    assert ProbeArchive(DocumentStore(database)).steps() == {}


def test_a_question_at_each_moment_of_a_probe_has_the_times_that_it_has_without_one(database: sa.Engine) -> None:
    """A question of the probe takes 28 s: two answers of 10 s, and two choices of 4 s."""

    async def alone() -> list[AnswerEvent]:
        async with opened(Loadable(seconds=1.0), database, is_on=False) as bench:
            return await bench.ask()

    expected = elapsed(run(alone()))

    async def main(moment: float) -> None:
        provider = Loadable(seconds=1.0)
        async with opened(provider, database) as bench:
            await asyncio.sleep(QUIET_SECONDS + moment)
            before = len(provider.probed())
            assert before > 0
            assert elapsed(await bench.ask()) == expected
            assert provider.closed == provider.opened
            await asyncio.sleep(QUIET_SECONDS - 1)
            assert len(provider.probed()) == before  # nothing of it was asked beside the question, or soon after
            await asyncio.sleep(2)
            assert len(provider.probed()) > before
        bench.documents.remove("probe_steps", "sha256:scripted")

    for tick in range(56):
        run(main(0.1 + 0.5 * tick))


def test_two_questions_wait_for_a_model_that_is_slow_to_stop_and_neither_breaks_that_off(database: sa.Engine) -> None:
    class SlowToStop(Loadable):
        async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
            assert self.opened == self.closed, "the model was asked before it had stopped"
            async with aclosing(super().stream(request)) as chunks:
                self.opened += 1
                try:
                    async for chunk in chunks:
                        yield chunk
                finally:
                    await asyncio.sleep(0.75)
                    self.closed += 1

    async def main() -> None:
        async with opened(SlowToStop(seconds=1.0), database) as bench:
            await asyncio.sleep(QUIET_SECONDS + 0.5)
            first = asyncio.create_task(bench.ask())
            await bench.admission.idle.lasting(1)
            second, events = await bench.ask(), await first
            assert next(event for event in events if isinstance(event, Admitted)).elapsed_seconds == 0.75
            for told in (events, second):
                assert isinstance(told[-1], AnswerFinished)

    run(main())


@pytest.mark.parametrize("moment", [0.1, 9.9, 10.1, 25.0, 60.0, 111.0])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_probe_that_was_given_up_goes_on_where_it_was(database: sa.Engine, moment: float, restarts: bool) -> None:
    provider = Loadable(seconds=1.0)

    async def main() -> None:
        async with opened(provider, database) as bench:
            await asyncio.sleep(QUIET_SECONDS + moment)
            if not restarts:
                await bench.ask()
                await bench.found()
        if restarts:
            kept = len(bench.archive.steps().get("sha256:scripted", ProbeSteps()).steps)
            async with opened(provider, database) as bench:
                state = bench.probe.state(KEY)
                assert state is not None
                assert state.question == kept // 4 + 1
                await bench.found()

    run(main())
    made_again = len(provider.probed()) - REQUESTS
    assert 0 <= made_again <= 6, "no more than one step is made again"
    assert ProbeArchive(DocumentStore(database)).found() == {"sha256:scripted": "instructed"}


@pytest.mark.parametrize("restarts", [False, True])
def test_a_model_that_can_think_or_not_is_tried_both_ways_once_its_profile_is_found(
    database: sa.Engine, restarts: bool
) -> None:
    provider = Loadable(choose=likes_thinking)

    async def tried(bench: Bench, *, until_profile: bool) -> None:
        handle = bench.models.handle(KEY)
        while bench.profiles.thinking_pays(handle) is None and not (until_profile and bench.profiles.is_found(handle)):
            await bench.admission.idle.lasting(1)

    async def main() -> None:
        async with opened(provider, database) as bench:
            await tried(bench, until_profile=True)
            assert bench.profiles.choose(bench.models.handle(KEY))[1:] == (
                "probed",
                load_profiles().profiles["answer_first"],
                False,
            )
            state = bench.probe.state(KEY)
            assert state is not None
            assert (state.about, state.question) == ("thinking", 1)
            if not restarts:
                await tried(bench, until_profile=False)
        before = len(provider.requests)
        async with opened(provider, database) as bench:
            await tried(bench, until_profile=False)
            assert bench.profiles.choose(bench.models.handle(KEY)).thinks
            assert bench.probe.state(KEY) is None
            assert bench.probe.thinking_pays(KEY)
            asked = [request for request in provider.requests[before:] if request.max_tokens > 1]
            assert {request.think for request in asked if request.think == "on"} == ({"on"} if restarts else set())
            await asyncio.sleep(10 * QUIET_SECONDS)
            assert restarts or len(provider.requests) == before

    run(main())
    assert ProbeArchive(DocumentStore(database)).thinking_pays() == {"sha256:scripted": True}
    assert ProbeArchive(DocumentStore(database)).steps() == {}


def test_a_question_that_comes_every_half_minute_keeps_the_probe_from_beginning(database: sa.Engine) -> None:
    provider = Loadable()

    async def main() -> None:
        async with opened(provider, database) as bench:
            for _ in range(10):
                await asyncio.sleep(QUIET_SECONDS / 2)
                await bench.ask()
            assert provider.probed() == []
            await bench.found()

    run(main())


def test_two_models_are_probed_one_after_the_other_and_only_while_they_are_loaded(database: sa.Engine) -> None:
    provider = Loadable(["scripted", "other"], seconds=1.0)

    async def main() -> None:
        async with opened(provider, database) as bench:
            provider.loaded = {"scripted"}
            await bench.load(OTHER)
            await bench.found(KEY)
            await asyncio.sleep(QUIET_SECONDS * 2)
            assert provider.probed() == ["scripted"] * REQUESTS
            assert bench.probe.state(OTHER) == ProbeState("waiting", 1, 4, 0)
            provider.loaded = {"other"}
            await bench.ask()
            await bench.found(KEY, OTHER)
            assert provider.probed() == ["scripted"] * REQUESTS + ["other"] * REQUESTS

    run(main())


def test_a_model_that_leaves_the_memory_is_not_loaded_again_for_its_probe(database: sa.Engine) -> None:
    provider = Loadable(seconds=1.0)

    async def main() -> None:
        async with opened(provider, database) as bench:
            await asyncio.sleep(QUIET_SECONDS + 15)
            provider.loaded = set()
            await asyncio.sleep(20)
            warms, asked_so_far = provider.warms, len(provider.requests)
            await asyncio.sleep(QUIET_SECONDS * 10)
            assert (provider.warms, len(provider.requests)) == (warms, asked_so_far)
            assert not bench.profiles.is_found(bench.models.handle(KEY))

    run(main())


def test_a_model_that_nobody_chose_is_not_probed(database: sa.Engine) -> None:
    provider = Loadable(["scripted", "other"])

    async def main() -> None:
        async with opened(provider, database) as bench:
            await bench.found(KEY)
            await asyncio.sleep(QUIET_SECONDS * 2)
            assert set(provider.probed()) == {"scripted"}
            assert bench.probe.state(OTHER) is None

    run(main())


@pytest.mark.parametrize(("set_to", "is_on"), [(None, False), ("direct", True)])
def test_nothing_is_probed_where_that_is_off_or_a_person_set_the_profile(
    database: sa.Engine, set_to: ProfileName | None, is_on: bool
) -> None:
    provider = Loadable()

    async def main() -> None:
        async with opened(provider, database, set_to=set_to, is_on=is_on) as bench:
            await asyncio.sleep(QUIET_SECONDS * 10)
            assert provider.requests == []
            assert bench.probe.state(KEY) is None

    run(main())


def test_a_service_that_fails_is_asked_again_after_the_next_question_and_not_for_ever(database: sa.Engine) -> None:
    provider = Loadable()

    async def main() -> None:
        async with opened(provider, database) as bench:
            provider.has_failed = True
            await asyncio.sleep(QUIET_SECONDS * 10)
            tried = len(provider.probed())
            assert tried > 0
            await asyncio.sleep(QUIET_SECONDS * 10)
            assert len(provider.probed()) == tried  # it waits for a sign that the service is used again
            provider.has_failed = False
            await bench.ask()
            await bench.found()
            assert bench.profiles.choose(bench.models.handle(KEY)).because == "probed"

    run(main())


def test_a_model_whose_probe_fails_three_times_is_left_alone(database: sa.Engine) -> None:
    provider = Loadable()

    async def main() -> None:
        async with opened(provider, database) as bench:
            provider.has_failed = True
            for _ in range(3):
                await asyncio.sleep(QUIET_SECONDS * 2)
                await bench.ask()
            tried = len(provider.probed())
            provider.has_failed = False
            await bench.ask()
            await asyncio.sleep(QUIET_SECONDS * 10)
            assert len(provider.probed()) == tried
            assert bench.probe.state(KEY) is None

    run(main())


def test_how_long_answers_take_is_known_from_the_probe_also_after_a_restart(database: sa.Engine) -> None:
    async def main() -> None:
        async with opened(Loadable(seconds=1.0), database) as bench:
            assert list(bench.probe.answer_seconds(KEY)) == []
            await bench.found()
            seconds = list(bench.probe.answer_seconds(KEY))
            assert len(seconds) == 2 * len(PROBE_QUESTIONS)
            assert min(seconds) >= 4  # calls of a second or more
        async with opened(Loadable(), database) as bench:
            assert list(bench.probe.answer_seconds(KEY)) == seconds

    run(main())


def test_a_bug_ends_the_probe_with_its_traceback_in_the_log_and_no_answer(
    database: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Loadable):
        async def models(self) -> tuple[ModelCard, ...]:
            if self.warms:
                raise ZeroDivisionError
            return await super().models()

    async def main() -> None:
        async with opened(Broken(), database) as bench:
            await asyncio.sleep(QUIET_SECONDS * 2)
            assert isinstance((await bench.ask())[-1], AnswerFinished)
            assert bench.probe.state(KEY) is None

    run(main())
    assert "ZeroDivisionError" in caplog.text


def test_other_uses_of_the_machine_hold_the_probe_off_until_they_end(database: sa.Engine) -> None:
    provider = Loadable(seconds=1.0)

    async def main() -> None:
        async with opened(provider, database) as bench:
            await asyncio.sleep(QUIET_SECONDS + 5)
            async with bench.admission.idle.used():
                assert provider.opened == provider.closed
                before = len(provider.requests)
                await asyncio.sleep(QUIET_SECONDS * 10)
                assert len(provider.requests) == before
                assert bench.probe.state(KEY) == ProbeState("waiting", 1, 4, 0)
            await bench.found()

    run(main())


def test_work_that_does_not_give_way_holds_a_question_up_for_no_more_than_its_limit(database: sa.Engine) -> None:
    async def main() -> None:
        idle, release = Idle(), asyncio.Event()

        async def stubborn() -> None:
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue

        working = asyncio.create_task(idle.do(stubborn()))
        await asyncio.sleep(1)
        now = asyncio.get_running_loop().time
        for waited in (3.0, 0.0):  # once, not for each question
            started = now()
            async with idle.used():
                assert now() - started == waited
        release.set()
        await working

    run(main())
