"""LLM First, mechanically: what the engine does depends on the model's replies, the clock and token counts, only."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llmfirst.engine.conversation import Turn
from llmfirst.engine.profiles import Profile, load_profiles
from llmfirst.events import TextAdded
from llmfirst.providers.base import Chunk, Usage
from tests.clock import run
from tests.scripted import END, LENGTH, ScriptedProvider, Step, asked, collect, engine, handle

PIECES = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=12),
        st.sampled_from(["\n\n", "```\n", "1. ", "끝. ", "---"]),
        st.floats(min_value=0.01, max_value=40),
        st.integers(min_value=1, max_value=400).map(
            lambda count: Chunk(usage=Usage(prompt_tokens=5, completion_tokens=count))
        ),
    ),
    max_size=12,
)
REPLIES = st.lists(st.tuples(PIECES, st.sampled_from([END, LENGTH])), min_size=5, max_size=5)
PROFILES = [*load_profiles().profiles.values()]
TAIL: list[list[Step]] = [["Tail.", END]] * 10  # a phase is tried and continued a few times


def masked(content: str, question: str) -> str:
    return content.replace(question, "Q")


def done(
    question: str, replies: list[tuple[list[Step], Chunk]], profile: Profile | None = None, turn: Turn | None = None
) -> tuple[list[Any], list[Any]]:
    """Return the calls and the events of one answer, with the question's own text taken out of the calls.

    `turn` is the one before it; the lengths of its texts stay.
    """
    provider = ScriptedProvider(*[[*pieces, end] for pieces, end in replies], *TAIL)
    asking = replace(asked(question), earlier=() if turn is None else (turn,))
    events = run(collect(engine(profile=profile).answer(asking, handle(provider))))
    told = 0 if turn is None else 2
    calls = [
        request.model_copy(
            update={
                "messages": (
                    *(len(message.content) for message in request.messages[:told]),
                    *((m.role, masked(m.content, question)) for m in request.messages[told:]),
                )
            }
        )
        for request in provider.requests
    ]
    kinds = [(event.type, event.elapsed_seconds) for event in events]
    return calls, [kinds, [(event.phase, event.text) for event in events if isinstance(event, TextAdded)]]


# Of one length: how long a question is counts for the time that reading it takes, whatever it says.
PAIRS = st.integers(1, 20).flatmap(lambda size: st.tuples(*[st.text(min_size=size, max_size=size)] * 2))


@settings(deadline=None)
@given(questions=PAIRS, replies=REPLIES)
def test_calls_and_options_do_not_depend_on_what_the_question_says(
    questions: tuple[str, str], replies: list[tuple[list[Step], Chunk]]
) -> None:
    one, other = questions
    for profile in PROFILES:
        assert done(f"<{one}>", replies, profile) == done(f"<{other}>", replies, profile)


# Without white space: a text that is too long is cut where its form allows it.
TEXTS = st.integers(1, 120).flatmap(
    lambda size: st.tuples(*[st.text(st.characters(categories=["L", "N", "P"]), min_size=size, max_size=size)] * 2)
)


@settings(deadline=None)
@given(questions=PAIRS, turns=st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), replies=REPLIES)
def test_what_is_sent_of_a_conversation_does_not_depend_on_what_it_says(
    questions: tuple[str, str],
    turns: tuple[tuple[str, str], ...],
    replies: list[tuple[list[Step], Chunk]],
) -> None:
    told = []
    for number in (0, 1):
        asked_before, core, details, conclusion = (f"<{texts[number]}>" for texts in turns)
        told.append((f"<{questions[number]}>", Turn(asked_before, core, details, conclusion)))
    for profile in PROFILES:
        assert done(told[0][0], replies, profile, told[0][1]) == done(told[1][0], replies, profile, told[1][1])


@settings(deadline=None)
@given(replies=REPLIES)
def test_every_character_on_the_page_was_written_by_the_model(replies: list[tuple[list[Step], Chunk]]) -> None:
    written = "".join(step for pieces, _ in replies for step in pieces if isinstance(step, str)) + "Tail." * len(TAIL)
    for profile in PROFILES:
        _, (_, texts) = done("why?", replies, profile)
        rest = iter(written)
        assert all(character in rest for _, text in texts for character in text)
