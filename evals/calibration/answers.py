"""Questions with answers that are known to be good or bad, because they were written to be so."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from evals.suite.cases import Case, Language, Suite, Text
from evals.suite.files import RawItem, read_raw
from llmfirst import Value


def judged_languages(suite: Suite) -> tuple[Language, ...]:
    """Return the languages of the judged items for which there is a gold set."""
    there = {case.language for case in suite.cases if case.is_judged}
    return tuple(language for language in GOLD_LANGUAGES if language in there)


Label = Literal["good", "bad"]
Defect = Literal[
    "fluent_wrong", "wrong_number", "injected", "truncated", "off_topic", "wrong_language", "too_long", "empty"
]

GOLD_LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")
_FOLDER: Final = Path(__file__).parent
_EXACT: Final = ConfigDict(strict=True)


class GoldAnswer(Value):
    """One answer with its label; a bad one names what is wrong with it, a good one has nothing to name."""

    model_config = _EXACT
    label: Label
    text: Text
    defect: Defect | None = None

    @model_validator(mode="after")
    def _bad_names_its_defect(self) -> Self:
        if (self.label == "bad") != (self.defect is not None):
            raise ValueError("a bad answer names its defect, a good one has none")
        return self


class GoldCase(Case):
    """An item as a suite has it, with anchors of its own, and the labelled answers to it."""

    answers: tuple[GoldAnswer, ...] = Field(strict=False)

    @property
    def case(self) -> Case:
        """Return the item without its labelled answers."""
        return Case.model_validate(self.model_dump(by_alias=True, exclude={"answers"}))


class GoldSet(Value):
    """The labelled answers of one language."""

    language: Language
    cases: tuple[GoldCase, ...]

    @property
    def sha256(self) -> str:
        """Return the hash of all that can change a figure made of it."""
        labelled = [[case.sha256, [[one.label, one.defect, one.text] for one in case.answers]] for case in self.cases]
        text = json.dumps(labelled, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def load_gold(language: Language) -> GoldSet:
    """Return the gold set of a language as it is shipped."""
    found = read_raw(_FOLDER / f"{language}.yaml").found
    fields = [item.fields for item in found if isinstance(item, RawItem)]
    assert len(fields) == len(found), found
    return GoldSet(language=language, cases=tuple(GoldCase.model_validate(one) for one in fields))
