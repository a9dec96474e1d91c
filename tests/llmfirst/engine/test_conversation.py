"""A follow-up question: its prompts begin with the earlier turns, as far as they can be read in time."""

from dataclasses import replace
from typing import get_args

import pytest

from llmfirst.answer import fold
from llmfirst.engine.conversation import Turn, readable_tokens, recall
from llmfirst.engine.profiles import load_profiles
from llmfirst.engine.rates import Rates
from llmfirst.events import AnswerEvent, AnswerSettings, EarlierTurns, ProfileName, QuestionSubmitted
from llmfirst.proof import verify
from llmfirst.providers.base import Message
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, asked, collect, engine, handle

PROFILES = load_profiles().profiles
TURNS = tuple(Turn(f"Question {number}?", "The core.\n\n", "Details.", "The end.") for number in (1, 2))
BEFORE = tuple(
    message
    for number in (1, 2)
    for message in (
        Message(role="user", content=f"Question {number}?"),
        Message(role="assistant", content="The core.\n\nDetails.\n\nThe end."),
    )
)
KEY = "sha256:0|ollama|nowhere"
READ_QUICKLY = Rates(token_seconds=0.02, read_seconds=0.001, characters_per_token=4.0, first_seconds=0.2, gaps=50)
WRITTEN: tuple[Reply, ...] = (["plan", END], ["CORE.", LENGTH], ["DETAILS.", LENGTH], ["THE END.", END])


def followed_up(
    *replies: Reply,
    turns: tuple[Turn, ...] = TURNS,
    profile: ProfileName = "direct",
    rates: Rates = READ_QUICKLY,
    settings: AnswerSettings | None = None,
) -> tuple[list[AnswerEvent], ScriptedProvider]:
    provider = ScriptedProvider(*replies)
    asking = engine(profile=PROFILES[profile].model_copy(update={"verdict": None, "review": None, "working": None}))
    for part in ("", "|asked", "|instructed"):
        asking.rates.learn(f"{KEY}{part}", rates)
    question = replace(asked(), earlier=turns, parent_run_id="run-0", settings=settings or AnswerSettings())
    return run(collect(asking.answer(question, handle(provider)))), provider


@pytest.mark.parametrize("profile", get_args(ProfileName))
def test_every_prompt_of_a_follow_up_begins_with_the_same_turns_so_that_they_are_read_once(
    profile: ProfileName,
) -> None:
    events, provider = followed_up(*WRITTEN, profile=profile)
    told = fold(events)
    assert len(provider.requests) >= 3
    for request in provider.requests:
        assert request.messages[:4] == BEFORE
        assert [message.role for message in request.messages[4:6]] in (["user"], ["user", "assistant"])
        assert request.messages[-1].role == "assistant" or request.messages[-1].content.endswith("why?")
    assert told.admitted is not None
    assert told.admitted.earlier == EarlierTurns(kept=2)
    assert isinstance(events[0], QuestionSubmitted)
    assert events[0].parent_run_id == "run-0"
    proof = verify(events)
    assert proof.holds
    assert [one.guard for one in proof.guards if one.guard == "prompt"] == []


def test_a_first_question_is_asked_without_a_word_of_a_conversation() -> None:
    events, provider = followed_up(*WRITTEN, turns=())
    assert [message.role for message in provider.requests[0].messages] == ["system", "user"]
    admitted = fold(events).admitted
    assert admitted is not None
    assert admitted.earlier is None


def test_a_slow_machine_reads_as_many_whole_turns_as_its_time_allows_the_last_ones() -> None:
    slow = replace(READ_QUICKLY, read_seconds=4.0 / (TURNS[1].tokens + 1))
    events, provider = followed_up(*WRITTEN, rates=slow)
    admitted = fold(events).admitted
    assert admitted is not None
    assert admitted.earlier == EarlierTurns(kept=1, left_out=1)
    assert all(request.messages[:2] == BEFORE[2:] for request in provider.requests)
    assert not any(BEFORE[0] in request.messages for request in provider.requests)


def test_what_is_read_of_a_conversation_follows_the_measured_rate_the_deadline_and_the_window() -> None:
    assert readable_tokens(replace(READ_QUICKLY, read_seconds=0.01), 8192, 120.0) == 400
    assert readable_tokens(replace(READ_QUICKLY, read_seconds=0.01), 8192, 60.0) == 200
    assert readable_tokens(replace(READ_QUICKLY, read_seconds=0.0001), 8192, 120.0) == 4096
    assert readable_tokens(Rates(), 8192, 120.0) == 240


def test_a_last_answer_that_is_too_long_loses_its_details_first_and_is_then_cut_at_a_block() -> None:
    core = f"{'core ' * 40}\n\n{'more ' * 40}".strip()
    turn = Turn("Question?", core, "details " * 100, "The end.", tokens_per_character=0.5)
    whole = recall([TURNS[0], turn], turn.tokens + TURNS[0].tokens)
    assert (whole.turns, whole.told) == ((TURNS[0], turn), EarlierTurns(kept=2))
    without = recall([TURNS[0], turn], turn.tokens - 1)
    assert without.told == EarlierTurns(kept=1, left_out=1, lost="details")
    assert without.messages[1].content == f"{core}\n\nThe end."
    cut = recall([turn], 130)
    assert cut.told == EarlierTurns(kept=1, lost="end")
    assert cut.messages[1].content == ("core " * 40).strip()
    assert cut.turns[0].tokens <= 130


def test_a_question_longer_than_all_that_can_be_read_is_cut_as_well() -> None:
    turn = Turn("word " * 1000, "answer " * 1000, "", "")
    cut = recall([turn], 1000)
    assert cut.told == EarlierTurns(kept=1, lost="end")
    assert cut.turns[0].tokens <= 1000
    assert all(message.content.strip() for message in cut.messages)


def test_the_settings_of_a_question_are_recorded_and_rule_its_calls() -> None:
    settings = AnswerSettings(temperature=0.2, seed=7, profile="direct", deadline_seconds=30, review=False)
    provider = ScriptedProvider(*WRITTEN)
    asking = engine(profile=PROFILES["direct"])
    events = run(collect(asking.answer(replace(asked(), settings=settings), handle(provider))))
    submitted = events[0]
    assert isinstance(submitted, QuestionSubmitted)
    assert submitted.settings == settings
    assert submitted.deadline_seconds == 30
    assert (submitted.profile, submitted.profile_because) == ("direct", "asked")
    assert {(request.sampling.temperature, request.sampling.seed) for request in provider.requests} == {(0.2, 7)}
    told = fold(events)
    assert told.review is None
    assert told.self_verdict is None


def test_no_setting_makes_a_deadline_later() -> None:
    question = replace(asked(), settings=AnswerSettings(deadline_seconds=90))
    events = run(collect(engine(60.0).answer(question, handle(ScriptedProvider(*WRITTEN)))))
    assert isinstance(events[0], QuestionSubmitted)
    assert events[0].deadline_seconds == 60
