"""Measure the cost of judging: seconds and readings per answer, and the share of its prompts that comes from the cache.

    python -m bench.judge_cost [--answers 12] [--model NAME] [--threads N] [--data-dir DIR] [--weights-dir DIR]
                               [--moments 1] [--check]

Answers of the gold set are judged as in an evaluation, half of them Korean: all statements about one text come in a
row. The anchors of a case are read once for all answers to it and counted separately. `--check` exits 1 if less than
half of the prompt tokens for the answers come from the cache, because each statement would then read the text again.
With `--moments 5` each answer is read as it stood at five moments, a fifth longer each time, as an evaluation does it.
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
_ANSWERS_PER_CASE: Final = 2


class CountedModel(OwnModel):
    """The embedded model, which records the usage of each call."""

    usages: list[Usage]

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        async with aclosing(super().stream(request)) as chunks:
            async for chunk in chunks:
                if chunk.usage is not None and chunk.finish_reason is not None:
                    self.usages.append(chunk.usage)
                yield chunk


@dataclass(frozen=True)
class Judged:
    """The cost of judging one text."""

    language: Language
    is_anchor: bool
    """Whether the text is an anchor, which is read once for all answers to its case."""

    seconds: float
    readings: int
    prompt_tokens: int
    cached_tokens: int


def texts_to_judge(language: Language, answers: int, moments: int) -> Iterator[tuple[bool, list[JudgeQuestion]]]:
    """Yield for each text whether it is an anchor, and the questions about it, for `answers` answers."""
    cases = load_gold(language).cases[: -(-answers // _ANSWERS_PER_CASE)]
    left = answers
    for gold in cases:
        whole = [answer.text for answer in gold.answers[: min(left, _ANSWERS_PER_CASE)]]
        left -= len(whole)
        texts = [text[: len(text) * moment // moments] for text in whole for moment in range(1, moments + 1)]
        questions = list(questions_about(gold.case, texts))
        for text in dict.fromkeys(question[1] for question in questions):
            yield text not in texts, [question for question in questions if question[1] == text]


async def measured(model: CountedModel, name: str, answers: int, moments: int) -> list[Judged]:
    """Judge `answers` answers of each language, one after another."""
    results: list[Judged] = []
    try:
        handle = await model.ready(name)
        card = JudgeCard(
            provider="embedded", model=name, digest=handle.digest, address=None, prompt_sha256=prompt_sha256()
        )
        judge = Judge(model, card)
        for language in GOLD_LANGUAGES:
            for is_anchor, questions in texts_to_judge(language, answers, moments):
                model.usages = []
                began = time.monotonic()
                for question, text, claim in questions:
                    await judge.read(question, text, claim)
                seconds = time.monotonic() - began
                prompts = sum(usage.prompt_tokens for usage in model.usages)
                cached = sum(usage.cached_tokens or 0 for usage in model.usages)
                results.append(Judged(language, is_anchor, seconds, len(questions), prompts, cached))
    finally:
        await model.aclose()
    return results


def row(name: str, results: list[Judged]) -> tuple[str, float]:
    """Return a line of the table, and the share of prompt tokens that came from the cache."""
    seconds = [each.seconds for each in results]
    share = sum(each.cached_tokens for each in results) / sum(each.prompt_tokens for each in results)
    cells = [name, str(len(results)), f"{sum(each.readings for each in results) / len(results):.1f}"]
    cells += [f"{median(seconds):.2f}", f"{min(seconds):.2f}", f"{max(seconds):.2f}", f"{share:.0%}"]
    return "| " + " | ".join(cells) + " |", share


def main() -> int:
    parser = bench_options(__doc__)
    parser.add_argument("--answers", type=int, default=12, help="how many answers in each language")
    parser.add_argument("--moments", type=int, default=1, help="at how many moments each answer is read")
    chosen = parser.parse_args()
    model = CountedModel(bench_settings(chosen))
    results = asyncio.run(measured(model, chosen.model, chosen.answers, chosen.moments))
    print(f"{machine(chosen.model)}\n")
    print("| text | n | readings each | s (median) | smallest | largest | prompt from cache |\n|" + "---|" * 7)
    missed = False
    for language in GOLD_LANGUAGES:
        for is_anchor in (False, True):
            group = [each for each in results if each.language == language and each.is_anchor == is_anchor]
            line, share = row(f"{'anchor' if is_anchor else 'answer'}, {language}", group)
            print(line)
            missed |= not is_anchor and share < CACHED_SHARE
    print(f"\ntarget: answers' prompts from cache >= {CACHED_SHARE:.0%}: {'MISSED' if missed else 'met'}")
    return int(chosen.check and missed)


if __name__ == "__main__":
    sys.exit(main())
