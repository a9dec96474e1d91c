"""Sessions held on a provider with three models."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from evals.run.service import EvaluationBusy
from evals.sessions.archive import SessionUnknown
from evals.sessions.rounds import Round
from evals.sessions.service import Chosen, SessionRefused, Sessions
from llmfirst.errors import ModelMissing, ProviderUnavailable, QuestionRefused
from llmfirst.events import AnswerSettings, QuestionSubmitted
from llmfirst.providers.base import Chunk, Request, Warmth
from tests.evals.answering import AnsweringProvider, evaluation, when
from tests.evals.sessions.made import HOW, WHY, A, B, C, Shelf, session, sessions


def held(
    folder: Path, provider: AnsweringProvider, check: Callable[[Sessions], Awaitable[None]], *, slots: int = 1
) -> None:
    """Open sessions and check something on them; a test that hangs ends."""

    async def main() -> None:
        async with asyncio.timeout(20), sessions(folder, provider, slots=slots) as opened:
            await check(opened)

    asyncio.run(main())


async def watched(opened: Sessions, session_id: str) -> list[Round]:
    async with aclosing(opened.watch(session_id)) as rounds:
        return [told async for told in rounds]


def test_each_model_is_loaded_before_it_is_asked_one_after_the_other(tmp_path: Path) -> None:
    shelf = Shelf(room=1)

    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, B, C], title="Three", seed=5)
        await opened.begin(planned)
        first = await opened.ask(planned.session_id, WHY, language="en")
        assert {turn.stage for turn in first.turns} == {"waiting"}
        told = await watched(opened, planned.session_id)
        order = [entrant.key for entrant in planned.turns("why")]
        assert shelf.steps == [f"{step} {key[-1]}" for key in order for step in ("load", "ask")]
        assert [turn.entrant for turn in sorted(told[-1].turns, key=lambda turn: turn.place)] == order
        assert told[-1].is_in_turn
        for key in order:
            stages = list(dict.fromkeys(one.turn(key).stage for one in told))
            assert stages == [stage for stage in ("waiting", "loading", "asked", "answered") if stage in stages]
            assert stages[-1] == "answered"
        assert all(sum(turn.stage in ("loading", "asked") for turn in one.turns) <= 1 for one in told)
        asks = opened.archive.asks(planned.session_id)
        assert [ask.entrant for ask in asks] == order
        assert [ask.turn for ask in asks] == [0, 1, 2]
        attempts = opened.archive.attempts(planned.session_id)
        assert [one.run_id for one in attempts] == [ask.run_id for ask in asks]
        assert all(ask.loading_seconds is not None for ask in asks)
        assert not any(one.was_cold for one in attempts)

    held(tmp_path, shelf, check)


def test_who_waits_is_told_what_the_entrants_before_usually_take(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, B], seed=1)
        await opened.begin(planned)
        await opened.ask(planned.session_id, WHY, language="en")
        second = planned.turns("why")[1].key
        told = await watched(opened, planned.session_id)
        assert 120.0 in {one.turn(second).expected_seconds for one in told}  # nothing is known: the whole deadline
        await opened.ask(planned.session_id, HOW, language="en")
        second = planned.turns("how")[1].key
        expected = {one.turn(second).expected_seconds for one in await watched(opened, planned.session_id)}
        assert all(seconds is None or seconds < 20 for seconds in expected)
        assert any(seconds for seconds in expected)

    held(tmp_path, Shelf(0.002), check)


def test_the_order_is_drawn_for_each_question_and_can_be_drawn_again() -> None:
    drawn = [tuple(entrant.key for entrant in session(seed=3).turns(str(number))) for number in range(20)]
    assert set(drawn) == {("ollama/a", "ollama/b"), ("ollama/b", "ollama/a")}
    assert drawn == [tuple(entrant.key for entrant in session(seed=3).turns(str(number))) for number in range(20)]


class Meeting(Shelf):
    """Gives the first text of an answer only while two models write."""

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.models_asked = {*getattr(self, "models_asked", ()), request.model}
        await when(lambda: len(self.models_asked) == 2)
        async for chunk in super().stream(request):
            yield chunk


def test_side_by_side_both_write_at_once(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, B], order="side_by_side")
        await opened.begin(planned)
        await opened.ask(planned.session_id, WHY, language="en")
        last = (await watched(opened, planned.session_id))[-1]
        assert [turn.stage for turn in last.turns] == ["answered", "answered"]
        assert not last.is_in_turn

    held(tmp_path, Meeting(), check, slots=2)


def test_side_by_side_goes_in_turn_where_the_models_are_not_in_memory_together(tmp_path: Path) -> None:
    shelf = Shelf(room=1)

    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, B], order="side_by_side")
        await opened.begin(planned)
        await opened.ask(planned.session_id, WHY, language="en")
        last = (await watched(opened, planned.session_id))[-1]
        assert last.is_in_turn
        first, second = (entrant.key[-1] for entrant in planned.turns("why"))
        in_turn = [f"{step} {name}" for name in (first, second) for step in ("load", "ask")]
        assert shelf.steps == [f"load {first}", f"load {second}", *in_turn]

    held(tmp_path, shelf, check, slots=2)


def test_side_by_side_is_offered_where_there_is_room_for_it(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        assert opened.orders(["ollama/a", "ollama/b"]) == ("one_at_a_time", "side_by_side")
        assert opened.orders(["ollama/a", "ollama/b", "ollama/c"]) == ("one_at_a_time",)
        assert opened.orders(["embedded/a", "embedded/b"]) == ("one_at_a_time",)
        assert opened.orders(["embedded/a", "embedded/a"]) == ("one_at_a_time", "side_by_side")
        with pytest.raises(SessionRefused, match="one at a time"):
            await opened.plan([A, B, C], order="side_by_side")

    held(tmp_path, Shelf(), check, slots=2)


def test_a_session_without_two_different_models_that_are_here_is_refused(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        with pytest.raises(ModelMissing, match="ollama/z: choose from ollama/a"):
            await opened.plan([A, Chosen("ollama/z")])
        with pytest.raises(SessionRefused, match="session: two entrants are the same model with the same settings"):
            await opened.plan([A, A])
        with pytest.raises(SessionRefused, match="at least 2"):
            await opened.plan([A])
        warm = Chosen("ollama/a", AnswerSettings(temperature=1))
        keys = [entrant.key for entrant in (await opened.plan([A, warm])).entrants]
        assert keys == ["ollama/a", "ollama/a:temperature=1.0"]

    held(tmp_path, Shelf(), check)


def test_the_same_request_is_one_profile_for_all(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, B], fairness="same_request")
        await opened.begin(planned)
        await opened.ask(planned.session_id, WHY, language="ko")
        await watched(opened, planned.session_id)
        for ask in opened.archive.asks(planned.session_id):
            submitted = opened.archive.evaluations.store.load(ask.run_id).events[0]
            assert isinstance(submitted, QuestionSubmitted)
            assert (submitted.profile, submitted.profile_because, submitted.language) == ("direct", "asked", "ko")

    held(tmp_path, Shelf(), check)


def test_the_same_length_is_one_budget_for_all_and_no_review(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, B], fairness="same_length", most_tokens=40)
        assert {entrant.settings for entrant in planned.entrants} == {AnswerSettings(most_tokens=40, review=False)}
        with pytest.raises(SessionRefused, match="most_tokens"):
            await opened.plan([A, B], fairness="same_length", most_tokens=1)

    held(tmp_path, Shelf(), check)


class Broken(Shelf):
    """One whose model b cannot be loaded."""

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        if model == "b":
            raise ProviderUnavailable("The service has gone: start it.")
        return await super().warm(model)


def test_a_model_that_cannot_be_loaded_is_told_and_the_others_answer(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, B, C])
        await opened.begin(planned)
        await opened.ask(planned.session_id, WHY, language="en")
        last = (await watched(opened, planned.session_id))[-1]
        assert [turn.stage for turn in last.turns] == ["answered", "failed", "answered"]
        assert str(last.turn("ollama/b").problem) == "The service has gone: start it."
        assert len(opened.archive.asks(planned.session_id)) == 2

    held(tmp_path, Broken(), check)


class Windowed(Shelf):
    """Notes with which context it was loaded, and with which it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.contexts: list[tuple[str, int | None]] = []

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        self.contexts.append(("load", context_tokens))
        return await super().warm(model)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.contexts.append(("ask", request.context_tokens))
        async for chunk in super().stream(request):
            yield chunk


def test_each_column_is_loaded_and_asked_with_its_own_context(tmp_path: Path) -> None:
    shelf = Windowed()

    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, Chosen(A.model, AnswerSettings(context_tokens=2048))])
        await opened.begin(planned)
        await opened.ask(planned.session_id, WHY, language="en")
        last = (await watched(opened, planned.session_id))[-1]
        assert [turn.stage for turn in last.turns] == ["answered", "answered"]
        asked = [entrant.settings.context_tokens for entrant in planned.turns("why")]
        steps = [step for number, step in enumerate(shelf.contexts) if step != shelf.contexts[number - 1]]
        told = [context for act, context in steps if act == "ask"]
        assert told == asked
        assert set(steps) == {(act, context) for act in ("load", "ask") for context in asked}

    held(tmp_path, shelf, check)


def test_stop_ends_the_model_that_writes_keeps_its_text_and_lets_the_others_unasked(tmp_path: Path) -> None:
    shelf = Shelf(0.02)

    async def check(opened: Sessions) -> None:
        planned = await opened.plan([A, B])
        await opened.begin(planned)
        await opened.ask(planned.session_id, WHY, language="en")
        first, second = (entrant.key for entrant in planned.turns("why"))
        async with aclosing(opened.watch(planned.session_id)) as rounds:
            async for told in rounds:
                if told.turn(first).stage == "asked":
                    await shelf.opening.wait()
                    await opened.stop()
        assert (told.turn(first).stage, told.turn(second).stage) == ("stopped", "stopped")
        assert opened.running() is None
        assert shelf.opened == shelf.closed
        assert opened.archive.attempts(planned.session_id) == ()
        # The same question again is put to those who have not answered it.
        await opened.ask(planned.session_id, WHY, language="en")
        assert [turn.stage for turn in (await watched(opened, planned.session_id))[-1].turns] == ["answered"] * 2
        asked = len(shelf.requests)
        await opened.ask(planned.session_id, WHY, language="en")
        assert [turn.stage for turn in (await watched(opened, planned.session_id))[-1].turns] == ["answered"] * 2
        assert len(shelf.requests) == asked

    held(tmp_path, shelf, check)


def test_an_owner_does_one_thing_at_a_time_and_does_not_hold_up_another(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        for owner in ("alice", "bob"):
            await opened.begin(session(owner), owner=owner)
        await opened.ask("alice", WHY, language="en", owner="alice")
        with pytest.raises(EvaluationBusy, match="question of a comparison"):
            await opened.ask("alice", HOW, language="en", owner="alice")
        with pytest.raises(EvaluationBusy, match="question of a comparison"):
            await opened.evaluations.begin(evaluation(has_judge=False), owner="alice")
        assert [one.question_id for one in opened.archive.questions("alice")] == ["why"]
        await opened.ask("bob", WHY, language="en", owner="bob")
        assert opened.round("alice", "bob") is None
        await opened.stop("bob")
        assert (opened.running("alice"), opened.running("bob")) == ("alice", None)
        with pytest.raises(SessionUnknown):
            await opened.ask("alice", WHY, language="en", owner="bob")
        await opened.stop("alice")
        assert opened.running("alice") is None

    held(tmp_path, Shelf(0.02), check)


def test_a_session_that_is_deleted_while_it_runs_is_stopped_first(tmp_path: Path) -> None:
    shelf = Shelf(0.02)

    async def check(opened: Sessions) -> None:
        await opened.begin(session())
        await opened.ask("5e551011", WHY, language="en")
        await shelf.opening.wait()
        await opened.delete("5e551011")
        assert (opened.running(), opened.archive.all(), opened.round("5e551011")) == (None, (), None)
        assert shelf.opened == shelf.closed

    held(tmp_path, shelf, check)


def test_who_cannot_be_asked_any_more_is_told_why(tmp_path: Path) -> None:
    shelf = Shelf(0.02)

    async def check(opened: Sessions) -> None:
        await opened.begin(session())
        await opened.ask("5e551011", WHY, language="en")
        await shelf.opening.wait()
        opened.archive.delete("5e551011")
        last = (await watched(opened, "5e551011"))[-1]
        first, second = (last.turn(entrant.key) for entrant in session().turns("why"))
        assert (first.stage, second.stage) == ("answered", "failed")
        assert "There is no session" in str(second.problem)

    held(tmp_path, shelf, check)


def test_an_evaluation_of_somebody_else_waits_until_all_have_answered(tmp_path: Path) -> None:
    shelf = Shelf(0.002, room=1)

    async def check(opened: Sessions) -> None:
        models = tuple(one.model for one in session().entrants[:1])
        await opened.evaluations.begin(
            evaluation(1, has_judge=False).model_copy(update={"models": models}), owner="bob"
        )
        await shelf.opening.wait()
        await opened.begin(session(), owner="alice")
        await opened.ask("5e551011", WHY, language="en", owner="alice")
        first = session().turns("why")[0].key
        asks = []  # of the evaluation, since the first entrant was asked
        async with aclosing(opened.watch("5e551011", "alice")) as rounds:
            async for told in rounds:
                if told.turn(first).run_id is not None:
                    asks.append(len(opened.evaluations.archive.asks("e1")))
        assert [turn.stage for turn in told.turns] == ["answered", "answered"]
        assert len(set(asks)) == 1
        await opened.evaluations.wait()
        assert len(opened.evaluations.archive.attempts("e1")) == 1

    held(tmp_path, shelf, check)


def test_a_question_that_cannot_be_asked_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    async def check(opened: Sessions) -> None:
        await opened.begin(session())
        with pytest.raises(QuestionRefused):
            await opened.ask("5e551011", WHY.model_copy(update={"text": "  "}), language="en")
        assert opened.archive.questions("5e551011") == ()
        assert opened.running() is None

    held(tmp_path, Shelf(), check)
