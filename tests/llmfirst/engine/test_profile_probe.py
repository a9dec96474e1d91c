"""Which profile a model bears is found by its own answers and its own choice between them, never by its name."""

import math
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

import pytest

from llmfirst.engine.profile_probe import ProbeAnswer, ProbeChoice, ProbeFault, ProbeFinding, finding, probe_model
from llmfirst.engine.profiles import load_profiles
from llmfirst.engine.prompts import PROBE_QUESTIONS
from llmfirst.errors import ProviderError, ProviderUnavailable
from llmfirst.events import ProfileName
from llmfirst.providers.base import Chunk, Request, TokenLogprob
from tests.clock import run
from tests.scripted import END, LENGTH, ScriptedProvider, handle

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PLAN = "Say what.\n\nSay why.\n\nAdvise."


class Tryable(ScriptedProvider):
    """Answers whatever is asked; `choose` gives the share of the first word for what is read."""

    def __init__(self, choose: Callable[[str], float], *, logprobs: bool = True) -> None:
        super().__init__()
        self.can = self.can.model_copy(update={"logprobs": logprobs})
        self._choose = choose
        self._written = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        said = request.messages[-1].content
        if request.max_tokens == 1:
            words = ("A", "B") if "A:\n~~~" in said else ("Yes", "No")
            share = self._choose(said)
            top = tuple(
                TokenLogprob(token=word, logprob=math.log(each))
                for word, each in zip(words, (share, 1 - share), strict=True)
            )
            told = (top[0].model_copy(update={"top": top}),) if request.top_logprobs else ()
            yield Chunk(text=words[0] if share > 0.5 else words[1], logprobs=told)
            yield LENGTH
            return
        system = request.messages[0].content if request.messages[0].role == "system" else ""
        self._written += 1
        is_told = any(part in said for part in ("Say what.", "Say why.", "Advise."))
        for word in (PLAN if "three short paragraphs" in system else "Plan." if system and not is_told else "").split(
            " "
        ):
            yield Chunk(text=f"{word} ")
        if not system or is_told:
            yield Chunk(text=f"{'INSTRUCTED' if is_told else 'DIRECT'} part {self._written} of the answer.")
        yield END


def likes_instructed(said: str) -> float:
    if "A:\n~~~" not in said:
        return 0.9
    return 0.8 if said.index("INSTRUCTED") < said.index("DIRECT") else 0.3


def likes_the_first(said: str) -> float:
    return 0.9


def tried_out(provider: ScriptedProvider) -> tuple[list[ProbeAnswer], list[ProbeChoice]]:
    async def main() -> list[ProbeAnswer | ProbeChoice]:
        known = load_profiles()
        return [
            step
            async for step in probe_model(handle(provider), known, deadline_seconds=60, questions=PROBE_QUESTIONS[:2])
        ]

    steps = run(main())
    return [step for step in steps if isinstance(step, ProbeAnswer)], [
        step for step in steps if isinstance(step, ProbeChoice)
    ]


@pytest.mark.parametrize("logprobs", [True, False])
def test_a_model_that_chooses_its_instructed_answers_in_both_orders_bears_them(logprobs: bool) -> None:
    provider = Tryable(likes_instructed, logprobs=logprobs)
    tried, chosen = tried_out(provider)
    assert [(one.profile, "INSTRUCTED" in one.text) for one in tried] == [("direct", False), ("instructed", True)] * 2
    assert [one.faults for one in tried] == [()] * 4
    assert [one.winner for one in chosen] == ["instructed"] * 2
    found = finding(tried, chosen, NOW)
    assert (found.profile, found.why) == ("instructed", "chosen")
    assert ProbeFinding.model_validate_json(found.model_dump_json()) == found


def test_no_review_is_made_in_a_trial_and_every_judgement_is_one_token_at_temperature_0() -> None:
    provider = Tryable(likes_the_first)
    tried_out(provider)
    judged = [request for request in provider.requests if request.max_tokens == 1]
    assert len(judged) == 2 * (2 + 2)
    assert {request.sampling.temperature for request in judged} == {0.0}
    assert not any("reviewer" in request.messages[-1].content for request in provider.requests)


def test_a_model_that_always_chooses_what_it_reads_first_chooses_nothing() -> None:
    tried, chosen = tried_out(Tryable(likes_the_first))
    assert [one.winner for one in chosen] == [None, None]
    found = finding(tried, chosen, NOW)
    assert (found.profile, found.why) == ("direct", "not_chosen")


def test_a_service_that_goes_away_ends_the_trial_and_nothing_is_found() -> None:
    gone = [ProviderUnavailable("gone")]
    with pytest.raises(ProviderError):
        tried_out(ScriptedProvider(*[gone] * 99, warm_errors=[ProviderUnavailable("gone")] * 99))


def one(profile: ProfileName, *faults: ProbeFault, kept: float | None = 0.9) -> ProbeAnswer:
    return ProbeAnswer(question="q", profile=profile, text="t", seconds=1.0, faults=faults, language_kept=kept)


WON = ProbeChoice(question="q", read_first=0.8, read_last=0.6)
LOST = ProbeChoice(question="q", read_first=0.4, read_last=0.2)
UNSURE = ProbeChoice(question="q", read_first=None, read_last=0.9)


@pytest.mark.parametrize(
    ("tried", "chosen", "profile", "why"),
    [
        ([one("direct"), one("instructed")], [WON, WON, UNSURE], "instructed", "chosen"),
        ([one("direct"), one("instructed")], [WON, WON, LOST], "direct", "not_chosen"),
        ([one("direct"), one("instructed")], [WON, WON, WON, LOST], "instructed", "chosen"),
        ([one("direct"), one("instructed")], [WON, UNSURE], "direct", "not_chosen"),
        ([one("direct"), one("instructed", "repetition")], [WON, WON], "direct", "faults"),
        ([one("direct", "unfinished"), one("instructed", "no_plan")], [WON, WON], "instructed", "chosen"),
        ([one("direct"), one("instructed", kept=0.2)], [WON, WON], "direct", "language"),
        ([one("direct", kept=0.1), one("instructed", kept=0.2)], [WON, WON], "instructed", "chosen"),
        ([one("direct"), one("instructed", kept=None)], [WON, WON], "instructed", "chosen"),
    ],
)
def test_the_rule_asks_for_a_margin_and_for_no_more_faults(
    tried: list[ProbeAnswer], chosen: list[ProbeChoice], profile: ProfileName, why: str
) -> None:
    found = finding(tried, chosen, NOW)
    assert (found.profile, found.why) == (profile, why)
