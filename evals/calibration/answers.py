"""The gold set: questions with answers that were written to be good or bad, so that the right verdict is known."""

import hashlib
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from evals.suite.cases import Case, Language, Suite, Text
from evals.suite.files import read_raw
from evals.suite.raw import RawItem
from llmfirst import Value


def judged_languages(suite: Suite) -> tuple[Language, ...]:
    """Return the languages of the judged cases that have a gold set."""
    present = {case.language for case in suite.cases if case.is_judged}
    return tuple(language for language in GOLD_LANGUAGES if language in present)


Label = Literal["good", "bad"]
Defect = Literal[
    "fluent_wrong", "wrong_number", "injected", "truncated", "off_topic", "wrong_language", "too_long", "empty"
]

GOLD_LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")
# The answers on which wording and bar were chosen, with what the judge read of them; no judge is calibrated on them.
TUNING: Final = Path(__file__).parent / "tuning"
_FOLDER: Final = Path(__file__).parent
_EXACT: Final = ConfigDict(strict=True)


class GoldAnswer(Value):
    """One answer with its label."""

    model_config = _EXACT
    label: Label
    text: Text
    defect: Defect | None = None
    """What is wrong with a bad answer; None for a good one."""

    @model_validator(mode="after")
    def _bad_names_its_defect(self) -> Self:
        if (self.label == "bad") != (self.defect is not None):
            raise ValueError("a bad answer must name its defect, and a good one must not")
        return self


class GoldCase(Case):
    """A case with its own good and bad anchor answers, and the labelled answers to it."""

    answers: tuple[GoldAnswer, ...] = Field(strict=False)

    @property
    def case(self) -> Case:
        """The case without its labelled answers."""
        return Case.model_validate(self.model_dump(by_alias=True, exclude={"answers"}))


class GoldSet(Value):
    """The labelled answers of one language."""

    language: Language
    cases: tuple[GoldCase, ...]

    @property
    def labels(self) -> Counter[Label]:
        """How many answers are good, and how many are bad."""
        return Counter(answer.label for case in self.cases for answer in case.answers)

    def first(self, cases: int) -> "GoldSet":
        """Return the gold set of only its first cases."""
        return self.model_copy(update={"cases": self.cases[:cases]})

    @property
    def sha256(self) -> str:
        """The hash of everything that can change a calibration."""
        labelled = [
            [case.sha256, [[answer.label, answer.defect, answer.text] for answer in case.answers]]
            for case in self.cases
        ]
        text = json.dumps(labelled, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def load_gold(language: Language) -> GoldSet:
    """Load the shipped gold set of a language."""
    return gold_in(_FOLDER / f"{language}.yaml", language)


def gold_in(file: Path, language: Language) -> GoldSet:
    """Read the gold set of a file."""
    items = read_raw(file).found
    readable = [item.fields for item in items if isinstance(item, RawItem)]
    assert len(readable) == len(items), items
    return GoldSet(language=language, cases=tuple(GoldCase.model_validate(fields) for fields in readable))
