"""Keeps the suites that people write in the page: for their owners, item by item, finished or not."""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pydantic import ValidationError

from evals.suite.cases import MAX_ITEMS, SHAPES, Case, Line, Suite
from evals.suite.problems import SuiteError, checked
from evals.suite.raw import Problem, RawItem, item_of, shown
from evals.suite.written import fields_of
from llmfirst import DocumentStore, Owner, Value, key_of

Fields = Mapping[str, object]
"""What is written of an item so far, as a file would have it."""

MAX_SUITES: Final = 200
_FIRST_LINE: Final[Mapping[tuple[str | int, ...], int]] = {(): 1}


class SuiteGone(SuiteError):
    """There is no such suite or item, or it belongs to somebody else."""

    def __init__(self) -> None:
        super().__init__([Problem("not_kept")])


class _Head(Value):
    title: Line


@dataclass(frozen=True)
class KeptItem:
    """One item as it is written so far."""

    item_id: str
    """Stays the same whatever is written; the id in `fields` may change."""
    fields: Fields


@dataclass(frozen=True)
class KeptSuite:
    """One suite of one owner."""

    suite_id: str
    title: str
    items: tuple[KeptItem, ...]

    @cached_property
    def findings(self) -> Mapping[str, Case | Sequence[Problem]]:
        """Each item by its `item_id`: the case that it is, or what is wrong with it."""
        found: dict[str, Case | Sequence[Problem]] = {one.item_id: finding(one.fields) for one in self.items}
        return found | dict(_repeated(self.items, found))

    @property
    def unfinished(self) -> tuple[int, ...]:
        """The numbers of the items that a suite may not have yet, counted from 1."""
        found = enumerate(self.findings.values(), 1)
        return tuple(number for number, one in found if not isinstance(one, Case))

    @property
    def wrong(self) -> tuple[str, ...]:
        """The items that `unfinished` counts."""
        return tuple(item_id for item_id, found in self.findings.items() if not isinstance(found, Case))

    def item(self, item_id: str) -> KeptItem:
        """Return one item. Raises SuiteGone."""
        found = next((one for one in self.items if one.item_id == item_id), None)
        if found is None:
            raise SuiteGone
        return found

    def whole(self) -> Suite:
        """Return the suite, which must be finished. Raises SuiteError."""
        if not self.items:
            raise SuiteError([Problem("item_count", {"count": 0, "most": MAX_ITEMS})])
        if numbers := self.unfinished:
            values: dict[str, str | int] = {"title": self.title, "count": len(numbers), "first": numbers[0]}
            raise SuiteError([Problem("unfinished", values)])
        return Suite(
            name=self.title,
            title=self.title,
            cases=tuple(one for one in self.findings.values() if isinstance(one, Case)),
        )

    def finished_part(self) -> Suite:
        """Return the suite without the items that are not finished."""
        cases = tuple(one for one in self.findings.values() if isinstance(one, Case))
        return Suite(name=self.title, title=self.title, cases=cases)


def finding(fields: Fields) -> Case | Sequence[Problem]:
    """Return the case that these fields are, or what a file with them would be refused for."""
    raw = item_of(dict(fields), _FIRST_LINE)
    return checked(Case, raw, SHAPES) if isinstance(raw, RawItem) else [raw]


def _repeated(
    items: Iterable[KeptItem], found: Mapping[str, Case | Sequence[Problem]]
) -> Iterator[tuple[str, Sequence[Problem]]]:
    """Yield what is wrong with each item that has the id or the question of an earlier one."""
    first: dict[object, int] = {}
    for number, item in enumerate(items, 1):
        case = found[item.item_id]
        id = case.id if isinstance(case, Case) else item.fields.get("id")
        if not isinstance(id, str) or (other := first.setdefault(id, number)) == number:
            continue
        has_own_id = "id" in item.fields
        problem = (
            Problem("id_of_other", {"id": shown(id), "other": other}, ("id",))
            if has_own_id
            else Problem("question_of_other", {"other": other}, ("question",))
        )
        yield item.item_id, [*(() if isinstance(case, Case) else case), problem]


@dataclass(frozen=True)
class Shelf:
    """The suites of one owner. Every method blocks its thread; those that are given an id raise SuiteGone."""

    documents: DocumentStore
    owner: Owner

    def all(self) -> tuple[KeptSuite, ...]:
        """Return every suite, the newest first."""
        heads = self.documents.all(self._heads)
        return tuple(self._kept(suite_id, heads[suite_id]) for suite_id in reversed(heads))

    def has(self, suite_id: str) -> bool:
        return self.documents.get(self._heads, suite_id) is not None

    def load(self, suite_id: str) -> KeptSuite:
        """Return one suite."""
        head = self.documents.get(self._heads, suite_id)
        if head is None:
            raise SuiteGone
        return self._kept(suite_id, head)

    def add(self, title: str, items: Iterable[Fields]) -> str:
        """Keep a new suite and return its id. Raises SuiteError where there are too many, or the title is none."""
        head = _head(title)
        listed = list(items)
        if len(listed) > MAX_ITEMS:
            raise SuiteError([Problem("item_count", {"count": len(listed), "most": MAX_ITEMS})])
        if len(self.documents.all(self._heads)) >= MAX_SUITES:
            raise SuiteError([Problem("more_suites", {"most": MAX_SUITES})])
        suite_id = f"own-{secrets.token_hex(6)}"
        bodies = {(_items(suite_id), _new_item_id()): _body(fields) for fields in listed}
        self.documents.put_all({(self._heads, suite_id): head.model_dump_json(), **bodies})
        return suite_id

    def add_copy(self, suite: Suite, title: str) -> str:
        """Keep a copy of a suite and return its id. Raises SuiteError as `add` does."""
        # The cuts are those of the suites that are shipped.
        return self.add(title, [{**fields_of(case.model_copy(update={"cuts": ()}))} for case in suite.cases])

    def take_in(self, suite: Suite) -> str:
        """Keep a suite of a file, unless there is one with the same items, and return its id. Raises SuiteError."""
        same = (one.suite_id for one in self.all() if one.finished_part().sha256 == suite.sha256 and not one.unfinished)
        return next(same, None) or self.add_copy(suite, suite.title)

    def rename(self, suite_id: str, title: str) -> None:
        """Change the title. Raises SuiteError where it is none."""
        self.load(suite_id)
        self.documents.put(self._heads, suite_id, _head(title).model_dump_json())

    def delete(self, suite_id: str) -> None:
        self.load(suite_id)
        self.documents.remove(self._heads, suite_id)
        self.documents.remove_all([_items(suite_id)])

    def add_item(self, suite_id: str, fields: Fields) -> str:
        """Keep a new item behind the others and return its id. Raises SuiteError where there are too many."""
        count = len(self.load(suite_id).items)
        if count >= MAX_ITEMS:
            raise SuiteError([Problem("item_count", {"count": count + 1, "most": MAX_ITEMS})])
        item_id = _new_item_id()
        self.documents.put(_items(suite_id), item_id, _body(fields))
        return item_id

    def write(self, suite_id: str, item_id: str, fields: Fields) -> KeptSuite:
        """Keep what is written of an item, and return the suite with it."""
        kept = self.load(suite_id)
        kept.item(item_id)
        self.documents.put(_items(suite_id), item_id, _body(fields))
        items = tuple(KeptItem(item_id, fields) if one.item_id == item_id else one for one in kept.items)
        return KeptSuite(suite_id, kept.title, items)

    def delete_item(self, suite_id: str, item_id: str) -> None:
        self.load(suite_id).item(item_id)
        self.documents.remove(_items(suite_id), item_id)

    def _kept(self, suite_id: str, head: str) -> KeptSuite:
        bodies = self.documents.all(_items(suite_id))
        items = tuple(KeptItem(item_id, json.loads(body)) for item_id, body in bodies.items())
        return KeptSuite(suite_id, _Head.model_validate_json(head).title, items)

    @property
    def _heads(self) -> str:
        return f"suites:{key_of(self.owner)}"


def _head(title: str) -> _Head:
    """Return the head of a suite with this title, as one line. Raises SuiteError."""
    try:
        return _Head(title=" ".join(title.split()))
    except ValidationError as error:
        raise SuiteError([Problem("no_title")]) from error


def _items(suite_id: str) -> str:
    return f"suite-items:{suite_id}"


def _new_item_id() -> str:
    return secrets.token_hex(6)


def _body(fields: Fields) -> str:
    return json.dumps(fields)  # ASCII: half a surrogate pair can be stored, and is refused at its field
