"""Which of two answers follows an instruction better: by this project's protocol, and by two that others use."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from evals.cases import Text
from evals.judge import Judge, quoted
from evals.verdicts import TIE, Pair, log_odds
from llmfirst.errors import LlmfirstError
from llmfirst.providers.base import Message, Value
from llmfirst.stats import Proportion, proportion

Protocol = Literal["llmfirst", "single", "score"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)
_COMPARE: Final = "You compare two responses to an instruction. Reply with one letter: A or B."
_WHICH: Final = "Which response follows the instruction better? Reply with A or B."
_CHECK: Final = (
    "You read a response to an instruction and decide whether a statement about it is true. "
    "Reply with one word: Yes or No."
)
_CLAIM: Final = "Statement: The response does exactly what the instruction asks.\nTrue? Yes or No."
_OPPOSITE: Final = "Statement: The response does not do what the instruction asks.\nTrue? Yes or No."
_SCORE: Final = "You rate a response to an instruction from 1 (very bad) to 10 (very good). Reply with the number only."
_RATE: Final = "How well does the response follow the instruction? Reply with a number from 1 to 10."
_LETTERS: Final = ("a", "b")


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
        text = path.read_text(encoding="utf-8")
        pairs = TypeAdapter(tuple[LabelledPair, ...]).validate_python(json.loads(text), strict=False)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
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


async def judge_pair(judge: Judge, pair: LabelledPair, protocol: Protocol) -> PairVerdict:
    """Let a judge compare two outputs; raises as `Judge.ask` does."""
    match protocol:
        case "single":
            margin = await _preference(judge, pair.input, pair.output_1, pair.output_2)
            return PairVerdict(pair.label, margin, is_tie=margin == 0)
        case "score":
            first = await _score(judge, pair.input, pair.output_1)
            second = await _score(judge, pair.input, pair.output_2)
            is_tie = first is None or second is None or first == second
            return PairVerdict(pair.label, (first or 0) - (second or 0), is_tie=is_tie)
        case "llmfirst":
            margin = await llmfirst_margin(judge, pair)
            return PairVerdict(pair.label, margin, is_tie=abs(margin) < TIE / 2)


async def llmfirst_margin(judge: Judge, pair: LabelledPair) -> float:
    """Return the mean of three comparisons in log-odds: each order once, and each output by itself in both polarities.

    An order that is favoured, and a yes to everything, cancel out.
    """
    there = await _preference(judge, pair.input, pair.output_1, pair.output_2)
    back = await _preference(judge, pair.input, pair.output_2, pair.output_1)
    first = await _alone(judge, pair.input, pair.output_1)
    second = await _alone(judge, pair.input, pair.output_2)
    return ((there - back) / 2 + (first - second)) / 2


def pairs_result(verdicts: Sequence[PairVerdict]) -> PairsResult:
    """Count; pure."""
    decided = [one for one in verdicts if not one.is_tie]

    def right(some: Sequence[PairVerdict]) -> Proportion:
        return proportion(sum(one.is_right for one in some), len(some))

    by_position = {label: right([one for one in verdicts if one.label == label]) for label in (1, 2)}
    return PairsResult(right(verdicts), right(decided), len(verdicts) - len(decided), by_position)


async def _preference(judge: Judge, instruction: str, first: str, second: str) -> float:
    parts = [quoted("Instruction:", instruction), quoted("Response A:", first), quoted("Response B:", second), _WHICH]
    return log_odds(await judge.ask(_messages(_COMPARE, parts), _LETTERS))


async def _alone(judge: Judge, instruction: str, output: str) -> float:
    parts = [quoted("Instruction:", instruction), quoted("Response:", output)]
    claim = await judge.ask(_messages(_CHECK, [*parts, _CLAIM]))
    opposite = await judge.ask(_messages(_CHECK, [*parts, _OPPOSITE]))
    return Pair(claim, opposite).score


async def _score(judge: Judge, instruction: str, output: str) -> int | None:
    parts = [quoted("Instruction:", instruction), quoted("Response:", output), _RATE]
    written = (await judge.write(_messages(_SCORE, parts), max_tokens=3)).strip().rstrip(".")
    return int(written) if written.isdecimal() and 1 <= int(written) <= 10 else None


def _messages(system: str, parts: Sequence[str]) -> tuple[Message, ...]:
    return (Message(role="system", content=system), Message(role="user", content="\n\n".join(parts)))
