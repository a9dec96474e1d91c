"""What judging costs: seconds and readings per judged answer, and how much of its prompts comes from the cache.

    python -m bench.judge_cost [--answers 12] [--model NAME] [--threads N] [--data-dir DIR] [--weights-dir DIR]
                               [--check]

Judges answers of the gold set as an evaluation does, half of them Korean: all statements about a text follow one
another. The anchors of an item are read once for all answers to it and are counted apart. `--check` exits 1 when less
than half of the prompt tokens of the answers come from the cache: each statement would then read the text anew.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.deadline_real import OwnModel, bench_options, bench_settings, machine
from evals.calibration.answers import GOLD_LANGUAGES, load_gold
from evals.judge.judge import Judge, prompt_sha256
from evals.judge.questions import JudgeQuestion, questions_about
from evals.records.evaluation import JudgeCard
from llmfirst.events import Language
from llmfirst.providers.base import Chunk, Request, Usage

CACHED_SHARE: Final = 0.5
_ANSWERS_OF_AN_ITEM: Final = 2


class CountedModel(OwnModel):
    """The embedded model, remembering what each prompt cost."""

    usages: list[Usage]

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        async with aclosing(super().stream(request)) as chunks:
            async for chunk in chunks:
                if chunk.usage is not None and chunk.finish_reason is not None:
                    self.usages.append(chunk.usage)
                yield chunk


@dataclass(frozen=True)
class Judged:
    """What one text cost; `is_anchor`: it was read for all answers to its item."""

    language: Language
    is_anchor: bool
    seconds: float
    readings: int
    prompt_tokens: int
    cached_tokens: int


def texts_to_judge(language: Language, answers: int) -> Iterator[tuple[bool, list[JudgeQuestion]]]:
    """Yield what is asked about each text of so many answers, and whether it is an anchor."""
    cases = load_gold(language).cases[: -(-answers // _ANSWERS_OF_AN_ITEM)]
    left = answers
    for gold in cases:
        given = [answer.text for answer in gold.answers[: min(left, _ANSWERS_OF_AN_ITEM)]]
        left -= len(given)
        asked = list(questions_about(gold.case, given))
        for text in dict.fromkeys(one[1] for one in asked):
            yield text not in given, [one for one in asked if one[1] == text]


async def measured(model: CountedModel, name: str, answers: int) -> list[Judged]:
    """Judge so many answers of each language, one after the other."""
    found: list[Judged] = []
    try:
        handle = await model.ready(name)
        card = JudgeCard(
            provider="embedded", model=name, digest=handle.digest, address=None, prompt_sha256=prompt_sha256()
        )
        judge = Judge(model, card)
        for language in GOLD_LANGUAGES:
            for is_anchor, asked in texts_to_judge(language, answers):
                model.usages = []
                began = time.monotonic()
                for question, text, claim in asked:
                    await judge.read(question, text, claim)
                seconds = time.monotonic() - began
                prompts = sum(usage.prompt_tokens for usage in model.usages)
                cached = sum(usage.cached_tokens or 0 for usage in model.usages)
                found.append(Judged(language, is_anchor, seconds, len(asked), prompts, cached))
    finally:
        await model.aclose()
    return found


def row(name: str, some: list[Judged]) -> tuple[str, float]:
    """Return a line of the table, and the share of prompt tokens that came from the cache."""
    seconds = [one.seconds for one in some]
    share = sum(one.cached_tokens for one in some) / sum(one.prompt_tokens for one in some)
    cells = [name, str(len(some)), f"{sum(one.readings for one in some) / len(some):.1f}"]
    cells += [f"{median(seconds):.2f}", f"{min(seconds):.2f}", f"{max(seconds):.2f}", f"{share:.0%}"]
    return "| " + " | ".join(cells) + " |", share


def main() -> int:
    parser = bench_options(__doc__)
    parser.add_argument("--answers", type=int, default=12, help="how many answers in each language")
    chosen = parser.parse_args()
    model = CountedModel(bench_settings(chosen))
    found = asyncio.run(measured(model, chosen.model, chosen.answers))
    print(f"{machine(chosen.model)}\n")
    print("| text | n | readings of one | s (median) | smallest | largest | prompt from cache |\n|" + "---|" * 7)
    missed = False
    for language in GOLD_LANGUAGES:
        for is_anchor in (False, True):
            some = [one for one in found if one.language == language and one.is_anchor == is_anchor]
            line, share = row(f"{'anchor' if is_anchor else 'answer'}, {language}", some)
            print(line)
            missed |= not is_anchor and share < CACHED_SHARE
    print(f"\ntarget: answers' prompts from cache >= {CACHED_SHARE:.0%}: {'MISSED' if missed else 'met'}")
    return int(chosen.check and missed)


if __name__ == "__main__":
    sys.exit(main())
