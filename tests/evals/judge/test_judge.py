import asyncio
import re
from collections.abc import AsyncGenerator
from math import exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.judge.injection import neutral
from evals.judge.judge import Judge, JudgeRefused, prompt, prompt_sha256, quoted, yes_no_of
from evals.records.opinions import YesNo
from llmfirst.errors import ProviderUnavailable
from llmfirst.providers.base import Chunk, ModelCard, Pulled, TokenLogprob
from llmfirst.providers.openai import OpenAIProvider
from tests.conftest import tries
from tests.contract.quirks import Quirk, QuirkyServer, choice, data, openai_error, streamed
from tests.evals.made import JUDGE
from tests.scripted import END, PerSection, Reply

TEXTS = st.text(st.sampled_from("~~~~`\n\r ab가")) | st.text()


def likely(*tokens: tuple[str, float]) -> TokenLogprob:
    """Return the first token of a reply, with these tokens as its alternatives; shares, not logarithms."""
    top = tuple(TokenLogprob(token=token, logprob=log(share)) for token, share in tokens)
    return TokenLogprob(token=top[0].token, logprob=top[0].logprob, top=top)


def says(*tokens: tuple[str, float]) -> Reply:
    first = likely(*tokens)
    return [Chunk(text=first.token, logprobs=(first,)), END]


def read(provider: PerSection) -> YesNo:
    return asyncio.run(Judge(provider, JUDGE).read("Why?", "It is so.", "It says why."))


def test_a_reading_is_the_share_of_yes_and_of_no_before_sampling() -> None:
    reading = read(PerSection(says(("No", 0.7), ("Yes", 0.2), ("Maybe", 0.1))))
    assert (reading.yes, reading.no) == pytest.approx((0.2, 0.7))
    assert reading.mass == pytest.approx(0.9)


def test_a_service_that_tells_five_alternatives_is_asked_for_five() -> None:
    alternatives = [{"token": token, "logprob": log(share)} for token, share in (("Yes", 0.8), ("No", 0.1))]
    token = {**alternatives[0], "top_logprobs": alternatives}
    reply = streamed(data(choice({"content": "Yes"}, "length", logprobs={"content": [token]})))
    refused = openai_error("top_logprobs may be 5 at most")

    async def claim() -> YesNo:
        server = QuirkyServer()
        quirk = Quirk(JUDGE.model, lambda body: refused if body.get("top_logprobs", 0) > 5 else reply)
        server.quirks[quirk.model] = quirk
        async with server.listening():
            provider = OpenAIProvider(f"{server.address}/v1", api_key=None, dialect=None, silence_limit_seconds=5)
            try:
                return await Judge(provider, JUDGE).read("Why?", "It is so.", "It says why.")
            finally:
                await provider.aclose()

    reading = asyncio.run(claim())
    assert (reading.yes, reading.no) == pytest.approx((0.8, 0.1))


def test_yes_and_no_count_in_any_case_and_with_spaces() -> None:
    first = likely(("yes", 0.1), (" Yes", 0.1), ("YES\n", 0.1), ("\tno ", 0.2), ("nO", 0.2), ("NO", 0.1))
    reading = yes_no_of(first)
    assert (reading.yes, reading.no) == pytest.approx((0.3, 0.5))


def test_true_and_false_are_yes_and_no_in_other_words() -> None:
    reading = yes_no_of(likely(("Yes", 0.4), ("True", 0.2), ("No", 0.2), ("false", 0.1)))
    assert (reading.yes, reading.no) == pytest.approx((0.6, 0.3))


@pytest.mark.parametrize("token", ["yesterday", "not", "know", "Yes.", "예", "", "y es"])
def test_any_other_token_is_neither(token: str) -> None:
    assert yes_no_of(likely((token, 0.9))) == YesNo(yes=0, no=0)


def test_a_token_without_alternatives_counts_itself() -> None:
    assert yes_no_of(TokenLogprob(token=" Yes", logprob=log(0.6))).yes == pytest.approx(0.6)


def test_rounding_never_makes_more_than_everything() -> None:
    more = TokenLogprob(token="yes", logprob=1e-9)
    assert exp(more.logprob) > 1
    assert yes_no_of(more).yes == 1


def test_the_judge_is_asked_for_one_token_at_temperature_zero_with_alternatives() -> None:
    provider = PerSection(says(("Yes", 1.0)))
    read(provider)
    (request,) = provider.requests
    assert (request.model, request.max_tokens, request.sampling.temperature) == (JUDGE.model, 1, 0)
    assert (request.top_logprobs, request.json_schema, request.continue_last) == (20, None, False)
    assert request.messages == prompt("Why?", "It is so.", "It says why.")
    assert provider.closed == provider.opened == 1


def test_only_the_first_token_is_read() -> None:
    chunks = [Chunk(text=token.token, logprobs=(token,)) for token in (likely(("No", 0.9)), likely(("Yes", 0.9)))]
    assert read(PerSection([Chunk(), *chunks, END])).yes == 0


def test_a_service_without_log_probabilities_is_refused_by_its_name() -> None:
    with pytest.raises(JudgeRefused, match=r"^ollama/j cannot judge: scripted reports no log-probabilities"):
        read(PerSection(["Yes", END]))


def test_probabilities_that_are_impossible_make_no_verdict() -> None:
    lost = Chunk(text="Yes", unused=("logprobs",))
    later = Chunk(text="!", logprobs=(likely(("Yes", 0.9)),))
    with pytest.raises(JudgeRefused, match="no log-probabilities for it that can be used"):
        read(PerSection([lost, later, END]))


def test_an_error_of_the_service_is_told_as_it_is() -> None:
    provider = PerSection([ProviderUnavailable("gone")])
    with pytest.raises(ProviderUnavailable, match="gone"):
        read(provider)
    assert provider.closed == provider.opened == 1


@pytest.mark.parametrize("is_here", [True, False])
def test_a_judge_that_is_not_on_this_machine_is_brought_here(is_here: bool) -> None:
    pulled: list[str] = []

    class Managing(PerSection):
        async def show(self, model: str) -> ModelCard:
            return ModelCard(name=model, is_here=is_here)

        async def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
            pulled.append(model)
            yield Pulled(stage="downloading", done_bytes=1, total_bytes=2)

        def can_pull(self, model: str) -> bool:
            return True

        def is_answering(self, model: str) -> bool:
            return False

        async def discard(self, model: str) -> None:
            raise AssertionError

        async def unload(self, model: str) -> None:
            raise AssertionError

        async def delete(self, model: str) -> None:
            raise AssertionError

    asyncio.run(Judge(Managing(says(("Yes", 1.0))), JUDGE).bring())
    assert pulled == ([] if is_here else [JUDGE.model])


def test_the_judge_is_loaded_before_it_is_asked() -> None:
    provider = PerSection()
    asyncio.run(Judge(provider, JUDGE).prepare())
    assert provider.warms == 1


def content(statement: str, *, question: str = "Why?", text: str = "So.") -> str:
    system, user = prompt(question, text, statement)
    assert (system.role, user.role) == ("system", "user")
    return user.content


def test_the_statement_stands_last_and_two_of_them_share_everything_before() -> None:
    one, other = content("AAA is true."), content("BBB is true.")
    assert one.index("AAA") == other.index("BBB")
    assert one[: one.index("AAA")] == other[: other.index("BBB")]
    assert "Why?" in one[: one.index("AAA")]
    assert "So." in one[: one.index("AAA")]
    assert prompt("q", "t", "x")[0] == prompt("Q", "T", "X")[0]


def test_a_statement_with_braces_is_asked_as_it_is() -> None:
    assert "{statement} {0} {" in content("{statement} {0} {")


@given(question=TEXTS, text=TEXTS, statement=TEXTS)
@settings(max_examples=tries(50))
def test_every_text_is_in_the_prompt_as_it_is_but_for_what_is_no_word_of_it(
    question: str, text: str, statement: str
) -> None:
    asked = content(statement, question=question, text=text)
    assert all(neutral(one) in asked for one in (question, text))
    assert statement in asked


@given(text=TEXTS)
def test_no_text_closes_its_fence(text: str) -> None:
    label, fence, *inner, last = quoted("Answer:", text).split("\n")
    assert (label, last) == ("Answer:", fence)
    assert re.fullmatch("~{3,}", fence)
    assert "\n".join(inner) == neutral(text)
    assert fence not in neutral(text)


@given(text=TEXTS)
def test_whatever_a_text_says_what_follows_it_is_the_same(text: str) -> None:
    before, fence, after = content("It is so.", text=text).rpartition(quoted("Answer:", text))
    assert fence
    assert before == content("It is so.").partition("Answer:")[0]
    assert after == content("It is so.").rpartition("~~~")[2]


def test_the_wording_is_the_one_that_calibrations_were_measured_with() -> None:
    assert prompt_sha256() == "faf35ed9288e7634de9fdb4e72293edb554e59a212b89910998f1550be0e602b"
