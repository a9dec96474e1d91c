"""A section for which the model cannot read all of its own text again in time reads the end of it."""

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.engine.rates import Rates
from llmfirst.events import SECTIONS
from llmfirst.proof import Proof, verify
from llmfirst.providers.base import Chunk, Usage
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, Step, asked, collect, engine, handle

KEY = "sha256:0|ollama|nowhere"


def blocks(numbers: range, seconds: float, tokens: int) -> list[Step]:
    """Paragraphs of 70 characters and so many tokens, one after so many seconds."""
    steps: list[Step] = []
    for count, number in enumerate(numbers, 1):
        text = f"Block {number} says something of its own, and says it in so many words.\n\n"
        steps += [seconds, Chunk(text=text, usage=Usage(prompt_tokens=10, completion_tokens=tokens * count))]
    return steps


def answered(read_seconds: float) -> tuple[Answer, Proof, ScriptedProvider]:
    """Answer within 40 s with a call per section, as each ran into its limit, the details after 11 s."""
    plans: list[Reply] = [["A plan.", END]] if read_seconds < 0.1 else []  # its prompt too takes too long to read
    core, details = blocks(range(4), 0.8, 4), blocks(range(4, 9), 1.6, 6)
    provider = ScriptedProvider(*plans, [*core, LENGTH], [*details, LENGTH], ["The end.", END])
    asking = engine(40)
    known = Rates(token_seconds=0.05, read_seconds=read_seconds, characters_per_token=4.0, first_seconds=0.2, gaps=50)
    asking.rates.learn(KEY, known)
    events = run(collect(asking.answer(asked(), handle(provider))))
    return fold(events), verify(events), provider


@pytest.mark.parametrize(("read_seconds", "is_short"), [(0.001, False), (0.2, True)])
def test_what_cannot_be_read_in_time_is_left_out_from_the_front(read_seconds: float, is_short: bool) -> None:
    told, proof, provider = answered(read_seconds)
    assert all(told.text(phase).strip() for phase in SECTIONS)
    assert told.text("conclusion") == "The end."
    last = provider.requests[-1].messages
    assert last[0].content == "why?"
    shown = "".join(told.text(phase) for phase in ("core", "details"))
    assert shown.split()[-20:] == last[1].content.split()[-20:]
    assert (len(last[1].content.split()) < len(shown.split())) == is_short
    assert proof.holds
    assert [acted.phase for acted in proof.guards if acted.guard == "prompt"] == (["conclusion"] if is_short else [])
