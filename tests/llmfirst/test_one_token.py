import asyncio
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from llmfirst.one_token import FirstToken, ask_one_token, fenced, share_of_first
from llmfirst.providers.base import Chunk, Message, TokenLogprob
from tests.scripted import END, ScriptedProvider


def token(text: str, share: float, *others: tuple[str, float]) -> TokenLogprob:
    top = tuple(TokenLogprob(token=each, logprob=math.log(mass)) for each, mass in ((text, share), *others))
    return top[0].model_copy(update={"top": top if others else ()})


@pytest.mark.parametrize(
    ("told", "reply", "share"),
    [
        (token("Yes", 0.6, ("No", 0.2), ("yes", 0.1), ("\n", 0.1)), "Yes", 0.7 / 0.9),
        (token(" NO", 0.9, ("maybe", 0.1)), "NO", 0.0),
        (token("Yes", 0.9), "Yes", 1.0),
        (token("I", 0.9, ("The", 0.1)), "I", None),
        (None, " yes\n", 1.0),
        (None, "No", 0.0),
        (None, "No.", None),
        (None, "", None),
    ],
)
def test_a_choice_is_read_from_one_token(told: TokenLogprob | None, reply: str, share: float | None) -> None:
    found = share_of_first(("Yes", "No"), told, reply)
    assert found == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize(("has_logprobs", "alternatives"), [(True, 20), (False, 0)])
def test_a_choice_is_asked_for_as_one_token_without_chance(has_logprobs: bool, alternatives: int) -> None:
    first = token("Yes", 0.6, ("No", 0.4))
    provider = ScriptedProvider([Chunk(), Chunk(text="Yes", logprobs=(first,)), Chunk(logprobs=(token("No", 1),)), END])
    asked = [Message(role="user", content="Is it so?")]
    found = asyncio.run(ask_one_token(provider, "m", asked, has_logprobs=has_logprobs))
    assert found == FirstToken(first, "Yes")
    (request,) = provider.requests
    assert (request.model, request.messages, request.max_tokens) == ("m", tuple(asked), 1)
    assert (request.sampling.temperature, request.sampling.top_p, request.sampling.top_k) == (0, 1, 0)
    assert (request.sampling.repeat_penalty, request.top_logprobs) == (1, alternatives)
    assert provider.closed == provider.opened == 1


def test_a_later_token_does_not_stand_in_for_a_first_one_whose_probabilities_cannot_be_used() -> None:
    lost, later = Chunk(text="No", unused=("logprobs",)), Chunk(text="Yes", logprobs=(token("Yes", 1),))
    found = asyncio.run(ask_one_token(ScriptedProvider([lost, later, END]), "m", [Message(role="user", content="So?")]))
    assert found == FirstToken(None, "NoYes")


def asked_behind(*chunks: Chunk, max_tokens: int = 100) -> FirstToken:
    asked = [Message(role="user", content="So?")]
    provider = ScriptedProvider([*chunks, END])
    found = asyncio.run(ask_one_token(provider, "m", asked, max_tokens=max_tokens, think="low"))
    (request,) = provider.requests
    assert (request.max_tokens, request.think, provider.closed) == (max_tokens, "low", 1)
    return found


YES, NO = token("Yes", 1), token("No", 1)


@pytest.mark.parametrize("max_tokens", [1, 100])
def test_a_thought_is_no_word(max_tokens: int) -> None:
    found = asked_behind(Chunk(thought="Yes"), Chunk(thought="No", unused=("usage",)), max_tokens=max_tokens)
    assert found == FirstToken(None, "", has_thought=True)


@pytest.mark.parametrize(
    "chunks",
    [
        [Chunk(thought="No"), Chunk(text="Yes", logprobs=(YES,)), Chunk(text="No", logprobs=(NO,))],
        [
            Chunk(thought="No", text="\n\n", logprobs=(NO,)),
            Chunk(text=" ", logprobs=(NO,)),
            Chunk(text="Yes", logprobs=(YES,)),
        ],
        [Chunk(thought="No"), Chunk(text="\nYes", logprobs=(token("\n", 1), YES))],
    ],
)
def test_behind_a_thought_the_first_token_that_is_no_blank_counts(chunks: list[Chunk]) -> None:
    found = asked_behind(*chunks)
    assert (found.token, found.reply.strip(), found.has_thought) == (YES, "Yes", True)


@pytest.mark.parametrize("logprob", [math.nan, math.inf, 0.5, 1e300])
def test_a_log_probability_that_is_impossible_cannot_be_made(logprob: float) -> None:
    with pytest.raises(ValidationError):
        TokenLogprob(token="Yes", logprob=logprob)


@pytest.mark.parametrize(
    ("text", "fence"),
    [("", "~~~"), ("a ~~ b", "~~~"), ("~~~", "~~~~"), ("~~~~~ and ~~~~", "~~~~~~"), ("한 ~~~\r\n끝", "~~~~")],
)
def test_a_text_stands_as_it_is_in_a_fence_that_is_longer_than_any_in_it(text: str, fence: str) -> None:
    assert fenced("Text:", text) == f"Text:\n{fence}\n{text}\n{fence}"


@given(st.text(st.sampled_from("~~~~`\n\r ab가")) | st.text())
def test_a_fence_is_the_shortest_that_its_text_cannot_close(text: str) -> None:
    longest = max((len(run) for run in re.findall("~+", text)), default=0)
    fence = "~" * max(3, longest + 1)
    assert fenced("A:", text) == f"A:\n{fence}\n{text}\n{fence}"
