"""What the form of an item sends, and the fields that it means. Pure."""

from math import isfinite
from typing import Any

from pydantic import BaseModel, Field

from evals.run.item_help import AnchorTask
from evals.suite.cases import AnchorName, Generated
from evals.suite.shelf import Fields


class CriterionForm(BaseModel):
    """One criterion as the form has it."""

    claim: str = ""
    critical: bool = False
    negative: bool = False
    bad_passes: bool = False
    check: str = ""
    """Empty: the judge decides."""

    def fields(self) -> dict[str, Any]:
        marks = {name: True for name in ("critical", "negative", "bad_passes") if getattr(self, name)}
        return {"claim": self.claim, **marks, **({"check": self.check} if self.check else {})}


class ItemForm(BaseModel):
    """An item as the form has it: texts as they were typed, numbers among them."""

    question: str = ""
    id: str = ""
    category: str = ""
    language: str = ""
    reference: str = ""
    criteria: list[CriterionForm] = Field(default=[], max_length=1000)
    good: str | None = None
    """None while a model writes it: what is stored stays."""
    bad: str | None = None
    defect: str = ""
    numbers: str = ""
    """Separated by spaces: a comma may stand inside one, and is refused there."""
    hangul_at_least: str = ""
    latin_at_least: str = ""
    words_at_most: str = ""
    holds_json: bool = False

    def fields(self, before: Fields) -> Fields:
        """Return the fields as a file would have them; `before` are those that are stored.

        The mark of an anchor that a model wrote stays as long as there is an anchor.
        """
        names = ("question", "id", "category", "language", "reference", "good", "bad", "defect")
        texts = {name: before.get(name) if (text := getattr(self, name)) is None else text for name in names}
        written: dict[str, Any] = {name: text for name, text in texts.items() if isinstance(text, str) and text.strip()}
        if self.criteria:
            written["criteria"] = [one.fields() for one in self.criteria]
        if checks := self._checks():
            written["checks"] = checks
        if marks := [one.model_dump() for one in generated_in(before) if one.anchor in written]:
            written["generated"] = marks
        return written

    def _checks(self) -> dict[str, Any]:
        checks: dict[str, Any] = {}
        if numbers := self.numbers.replace(";", " ").split():
            checks["numbers"] = [_number(one.rstrip(",")) for one in numbers]
        for name in ("hangul_at_least", "latin_at_least", "words_at_most"):
            if text := getattr(self, name).strip():
                checks[name] = _number(text)
        return checks | ({"json": True} if self.holds_json else {})


def generated_in(fields: Fields) -> tuple[Generated, ...]:
    """Return the marks of the anchors that a model wrote."""
    marks = fields.get("generated")
    return tuple(Generated.model_validate(one, strict=False) for one in marks) if isinstance(marks, list) else ()


def with_anchor(fields: Fields, anchor: AnchorName, text: str, model: str) -> Fields:
    """Return the fields with an anchor that a model wrote, marked as such."""
    others = [one.model_dump() for one in generated_in(fields) if one.anchor != anchor]
    return {**fields, anchor: text, "generated": [*others, Generated(anchor=anchor, model=model).model_dump()]}


def confirmed(fields: Fields, anchor: AnchorName) -> Fields:
    """Return the fields with a model's anchor marked as confirmed by a person."""
    marks = [
        one.model_copy(update={"confirmed": True}) if one.anchor == anchor else one for one in generated_in(fields)
    ]
    return {**fields, "generated": [one.model_dump() for one in marks]}


def anchor_task(fields: Fields, anchor: AnchorName) -> AnchorTask:
    """Return what a model is told to write, from what is written of the item so far."""
    listed = fields.get("criteria")
    criteria = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if anchor == "bad":
        criteria = [one for one in criteria if one.get("bad_passes") is not True]
    claims = {
        is_fault: [_text(one, "claim") for one in criteria if (one.get("negative") is True) == is_fault]
        for is_fault in (False, True)
    }
    is_bad = anchor == "bad"
    return AnchorTask(anchor, _text(fields, "question"), _text(fields, "reference"), claims[is_bad], claims[not is_bad])


def _text(fields: Fields, name: str) -> str:
    text = fields.get(name)
    return text if isinstance(text, str) else ""


def _number(text: str) -> int | float | str:
    """Return the number that a text is; other texts stay as they are, for the loader to refuse."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not isfinite(number):
        return text
    return int(number) if number.is_integer() else number
