"""Read JSON: one object on each line, or one list of objects."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from evals.suite.raw import MAX_READ_ITEMS, Problem, RawItem, item_of, shown

_BLANK: Final = re.compile(r"\s*")


class _NameTwice(ValueError):
    """An object has two fields of one name."""


def read_json(text: str) -> Sequence[RawItem | Problem]:
    """Return the items of a text, with the line on which each begins."""
    if text.lstrip().startswith("["):
        found = _items_of_list(text)
    else:
        lines = enumerate(text.split("\n"), 1)
        found = (_item_of_line(line, number) for number, line in lines if line.strip())
    items = list(islice(found, MAX_READ_ITEMS + 1))
    return items if len(items) <= MAX_READ_ITEMS else [Problem("more_items", {"most": MAX_READ_ITEMS})]


def _item_of_line(line: str, number: int) -> RawItem | Problem:
    try:
        return item_of(json.loads(line, object_pairs_hook=_fields_once), {(): number})
    except (ValueError, RecursionError) as error:
        return _problem(error, number)


def _items_of_list(text: str) -> Iterator[RawItem | Problem]:
    """Yield the items until one cannot be read, because nobody knows where the next one begins."""
    decoder = json.JSONDecoder(object_pairs_hook=_fields_once)
    position, line, counted = _after_blank(text, text.index("[") + 1), 1, 0
    try:
        if text[position : position + 1] == "]":
            position += 1
        else:
            while True:
                line, counted = line + text.count("\n", counted, position), position
                value, end = decoder.raw_decode(text, position)
                yield item_of(value, {(): line})
                end = _after_blank(text, end)
                if text[end : end + 1] not in (",", "]"):
                    raise json.JSONDecodeError("Expecting ',' delimiter", text, end)
                position = _after_blank(text, end + 1)
                if text[end] == "]":
                    break
        if text[position:].strip():
            raise json.JSONDecodeError("Extra data", text, _after_blank(text, position))
    except (ValueError, RecursionError) as error:
        yield _problem(error, error.lineno if isinstance(error, json.JSONDecodeError) else line)


def _after_blank(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
    return position if blank is None else blank.end()


def _problem(error: ValueError | RecursionError, line: int) -> Problem:
    if isinstance(error, _NameTwice):
        return Problem("json_twice", {"name": str(error)}, line=line)
    reason = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
    return Problem("json", {"reason": reason}, line=line)


def _fields_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if twice := [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]:
        raise _NameTwice(shown(twice[0]))
    return dict(pairs)
