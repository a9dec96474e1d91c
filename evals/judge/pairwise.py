"""Which of two answers follows an instruction better: by this project's protocol, and by three that others use.

`llmfirst`: each alone, three questions, one token each. `both`: side by side in both orders, averaged. `single`: side
by side once. `score`: each alone, from 1 to 10.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated, Final, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from evals.judge.judge import YES_OR_NO, Judge, Words, quoted
from evals.judge.verdicts import TIE, log_odds
from evals.records.archive import Archive
from evals.records.opinions import YesNo
from evals.suite.cases import Text
from llmfirst import (
    Difference,
    LlmfirstError,
    Message,
    Proportion,
    UndecodableText,
    Value,
    decode_text,
    generator,
    paired_difference,
    proportion,
)

Protocol = Literal["llmfirst", "both", "single", "score"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)
PAIRWISE: Final[tuple[Protocol, ...]] = ("llmfirst", "both")  # those that favour no place
_COMPARE: Final = "You compare two responses to an instruction. Reply with one letter: A or B."
_WHICH: Final = "Which response follows the instruction better? Reply with A or B."
# One beginning for all that is asked about one response, so that it is read once.
_ALONE: Final = "You read a response to an instruction and answer a question about it. Reply with one word or number."
# What is asked of one response, and 1 where yes speaks for it, -1 where it speaks against it (docs/decisions/0010).
_QUESTIONS: Final = (
    (1, "Does the response follow the instruction? Reply with Yes or No."),
    (1, "Is the response correct and complete for this instruction? Reply with Yes or No."),
    (-1, "Is there a part of the instruction that the response does not do? Reply with Yes or No."),
)
_RATE: Final = (
    "How well does the response follow the instruction, from 1 (very badly) to 10 (very well)? Reply with the number."
)
_SEED: Final = 1
_LETTERS: Final[Words] = (("a",), ("b",))


class PairsError(LlmfirstError):
    """These pairs cannot be judged: correct the file."""


class LabelledPair(Value):
    """An instruction, two outputs, and which of them is better: 1 or 2."""

    model_config = ConfigDict(strict=True)
    input: Text
    output_1: Text
    output_2: Text
    label: Annotated[int, Field(ge=1, le=2)]


@dataclass(frozen=True)
class PairVerdict:
    """`margin`: how far the first output is ahead, in the protocol's unit; a tie is undecided, and no accuracy."""

    label: int
    margin: float
    is_tie: bool

    @property
    def is_right(self) -> bool:
        return not self.is_tie and (self.margin > 0) == (self.label == 1)

    @property
    def worth(self) -> float:
        """1 where it is right, a half for a tie, else 0."""
        return 0.5 if self.is_tie else float(self.is_right)


@dataclass(frozen=True)
class PairsResult:
    """How often a protocol found the better output: `accuracy` of all pairs, a tie as wrong; `decided` of the others.

    `by_position`: the accuracy where the better output stands first, and where it stands second.
    """

    accuracy: Proportion
    decided: Proportion
    ties: int
    by_position: dict[int, Proportion]

    @property
    def with_ties_as_half(self) -> float | None:
        """The accuracy if every tie were decided by a coin, 0 to 1."""
        total = self.accuracy.total
        return (self.accuracy.passed + self.ties / 2) / total if total else None


def load_pairs(path: Path) -> tuple[LabelledPair, ...]:
    """Return the pairs of a JSON file, a list of objects; PairsError says what is wrong with it."""
    try:
        text = decode_text(path.read_bytes()).text
        pairs = TypeAdapter(tuple[LabelledPair, ...]).validate_python(json.loads(text), strict=False)
    except (OSError, UndecodableText, json.JSONDecodeError) as error:
        raise PairsError(f"{path} cannot be read ({error}): it must be a JSON list of pairs.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = " ".join(str(part) for part in first["loc"])
        raise PairsError(
            f"{path}, {place}: {first['msg']}. Each pair has `input`, `output_1`, `output_2` and `label` (1 or 2)."
        ) from error
    if not pairs:
        raise PairsError(f"{path} holds no pair.")
    return pairs


class PairJudge:
    """A judge that compares; what it said once it is not asked again, also after a new start of the program."""

    def __init__(self, judge: Judge, archive: Archive) -> None:
        self._judge = judge
        self._archive = archive
        self._said = dict(archive.readings(judge.card))

    async def judge(self, pair: LabelledPair, protocol: Protocol) -> PairVerdict:
        """Compare two outputs by a protocol; raises as `Judge.ask` does."""
        match protocol:
            case "single":
                margin = await self._preference(pair.input, pair.output_1, pair.output_2)
                return PairVerdict(pair.label, margin, is_tie=margin == 0)
            case "both":
                margin = await self._in_both_orders(pair.input, pair.output_1, pair.output_2)
                return PairVerdict(pair.label, margin, is_tie=abs(margin) < TIE / 2)
            case "score":
                first = await self._score(pair.input, pair.output_1)
                second = await self._score(pair.input, pair.output_2)
                is_tie = first is None or second is None or first == second
                return PairVerdict(pair.label, (first or 0) - (second or 0), is_tie=is_tie)
            case "llmfirst":
                margin = await self.margin(pair.input, pair.output_1, pair.output_2)
                return PairVerdict(pair.label, margin, is_tie=abs(margin) < TIE / 2)

    async def margin(self, instruction: str, first: str, second: str) -> float:
        """Return by how much the first is better, in log-odds: each is read alone, so that no order can be favoured.

        A lean to yes cancels out. Side by side a small judge rewards the more polished text (docs/decisions/0010).
        """
        return await self._alone(instruction, first) - await self._alone(instruction, second)

    async def _in_both_orders(self, instruction: str, first: str, second: str) -> float:
        there = await self._preference(instruction, first, second)
        back = await self._preference(instruction, second, first)
        return (there - back) / 2

    async def _preference(self, instruction: str, first: str, second: str) -> float:
        parts = [quoted("Instruction:", instruction), quoted("Response A:", first), quoted("Response B:", second)]
        return log_odds(await self._ask(_messages(_COMPARE, [*parts, _WHICH]), _LETTERS))

    async def _alone(self, instruction: str, output: str) -> float:
        parts = [quoted("Instruction:", instruction), quoted("Response:", output)]
        found = [
            sign * log_odds(await self._ask(_messages(_ALONE, [*parts, question]), YES_OR_NO))
            for sign, question in _QUESTIONS
        ]
        return fmean(found)

    async def _ask(self, messages: tuple[Message, ...], words: Words) -> YesNo:
        key = said_key(messages, words)
        if key not in self._said:
            self._said[key] = await self._judge.ask(messages, words)
            await asyncio.to_thread(self._archive.keep_reading, self._judge.card, key, self._said[key])
        return self._said[key]

    async def _score(self, instruction: str, output: str) -> int | None:
        parts = [quoted("Instruction:", instruction), quoted("Response:", output), _RATE]
        written = (await self._judge.write(_messages(_ALONE, parts), max_tokens=3)).strip().rstrip(".")
        return int(written) if written.isdecimal() and 1 <= int(written) <= 10 else None


def pairs_result(verdicts: Sequence[PairVerdict]) -> PairsResult:
    """Count; pure."""
    decided = [one for one in verdicts if not one.is_tie]

    def right(some: Sequence[PairVerdict]) -> Proportion:
        return proportion(sum(one.is_right for one in some), len(some))

    by_position = {label: right([one for one in verdicts if one.label == label]) for label in (1, 2)}
    return PairsResult(right(verdicts), right(decided), len(verdicts) - len(decided), by_position)


def ahead(verdicts: Sequence[PairVerdict], others: Sequence[PairVerdict]) -> Difference | None:
    """Return by how much a protocol is more often right than another one on the same pairs, ties as half."""
    worths = zip(others, verdicts, strict=True)
    by_pair = {str(number): [(other.worth, one.worth)] for number, (other, one) in enumerate(worths)}
    return paired_difference(by_pair, generator(_SEED))


def said_key(messages: tuple[Message, ...], words: Words) -> str:
    """Return under which key the answer to a question is kept."""
    asked = [*([message.role, message.content] for message in messages), list(words)]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _messages(system: str, parts: Sequence[str]) -> tuple[Message, ...]:
    return (Message(role="system", content=system), Message(role="user", content="\n\n".join(parts)))
