"""Read YAML into plain values with the line of each."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import yaml

from evals.suite.raw import Problem, RawItem, RawSuite, Spot, item_of, shown
from evals.suite.table_file import COLUMNS

_MAX_DEPTH: Final = 10
_TEXT_FIELDS: Final = frozenset({"id", "category"})  # where a number is a name: 007 stays 007
_WITH_COLON: Final = (*COLUMNS, "items", "suite", "title", "claim", "critical", "negative", "checks", "check", "answer")
# A Korean or Chinese keyboard writes this colon, and YAML takes what has it for one long text.
_FULL_WIDTH_COLON: Final = re.compile(rf"[ \t]*(?:-[ \t]+)*({'|'.join(_WITH_COLON)})[ \t]*\uff1a")


class _TooDeep(yaml.MarkedYAMLError):
    """More levels than any suite has."""


class _Alias(yaml.MarkedYAMLError):
    """An alias, with which a few lines expand to millions of items."""


class _Composer(yaml.SafeLoader):
    """Composes YAML nodes; refuses aliases and deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs lack it
        if self.check_event(yaml.AliasEvent):
            raise _Alias(problem_mark=mark)
        if self.depth == _MAX_DEPTH:
            raise _TooDeep(problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _YamlWalk:
    """Turns YAML nodes into plain values and records the line of each."""

    def __init__(self, text: str) -> None:
        self._text = text.split("\n")
        self.lines: dict[Spot, int] = {}
        self.problems: list[Problem] = []
        self.colons: list[Problem] = []

    def plain(self, node: yaml.Node, spot: Spot = ()) -> object:
        self.lines.setdefault(spot, node.start_mark.line + 1)
        match node:
            case yaml.MappingNode(value=pairs):
                return dict(self._fields(pairs, spot))
            case yaml.SequenceNode(value=nodes):
                return [self.plain(inner, (*spot, number)) for number, inner in enumerate(nodes)]
            case yaml.ScalarNode(style=style):
                if style is None:  # inside quotes and blocks any line may stand
                    self.colons += _full_width_colons(self._text, node.start_mark.line, node.end_mark.line + 1)
                return node.value if _is_name(node, spot) else _scalar(node)
            case _:
                raise AssertionError("YAML has no other nodes.")

    def _fields(self, pairs: list[tuple[yaml.Node, yaml.Node]], spot: Spot) -> Iterator[tuple[str, object]]:
        for key, value in pairs:
            inner, line = (*spot, key.value), key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem("field_name", line=line))
            elif inner in self.lines:
                self.problems.append(Problem("field_twice", {"name": shown(key.value)}, line=line))
            else:
                self.lines[inner] = line
                yield key.value, self.plain(value, inner)


def read_yaml(text: str) -> RawSuite:
    """Return the items and the head of a suite."""
    try:
        root = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return RawSuite(_full_width_colons(text.split("\n"), 0, line) or [_problem(error, line)])
    walk = _YamlWalk(text)
    content = None if root is None else walk.plain(root)
    if walk.colons:
        return RawSuite(walk.colons)
    listed = content.pop("items", None) if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(listed, list):
        line = walk.lines.get(("items",), walk.lines.get((), 1))
        return RawSuite([*walk.problems, Problem("no_items", line=line)])
    lines: defaultdict[int, dict[Spot, int]] = defaultdict(dict)
    for spot, line in walk.lines.items():
        match spot:
            case ("items", int(number), *rest):
                lines[number][tuple(rest)] = line
    found = (item_of(fields, lines[number]) for number, fields in enumerate(listed))
    return RawSuite([*found, *walk.problems], RawItem(content, walk.lines))


def _full_width_colons(lines: Sequence[str], first: int, end: int | None) -> list[Problem]:
    numbered = list(enumerate(lines, 1))[first:end]
    found = ((number, _FULL_WIDTH_COLON.match(line)) for number, line in numbered)
    return [Problem("full_width_colon", {"name": match[1]}, line=number) for number, match in found if match]


def _problem(error: yaml.MarkedYAMLError, line: int | None) -> Problem:
    match error:
        case _Alias():
            return Problem("yaml_alias", line=line)
        case _TooDeep():
            return Problem("yaml_levels", {"levels": _MAX_DEPTH}, line=line)
        case _:
            return Problem("yaml", {"reason": str(error.problem)}, line=line)


def _is_name(node: yaml.Node, spot: Spot) -> bool:
    return bool(spot) and spot[-1] in _TEXT_FIELDS and node.tag.rpartition(":")[2] in ("int", "float")


def _scalar(node: yaml.Node) -> object:
    """Return a number, boolean or None; everything else is text, dates included."""
    text: str = node.value
    with suppress(ValueError, KeyError):  # 0x1F, 1:30 and .inf are YAML numbers that no field accepts
        match node.tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return yaml.SafeLoader.bool_values[text.lower()]
            case "int" | "float" as kind:
                return int(text) if kind == "int" else float(text)
    return text
