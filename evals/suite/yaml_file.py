"""Read YAML into plain values with the line of each, and write it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import yaml
from yaml.composer import Composer

from evals.suite.raw import Problem, RawItem, RawSuite, Spot, item_of, shown
from evals.suite.table_file import COLUMNS

_MAX_DEPTH: Final = 10
_MAX_VALUES: Final = 200_000  # twice as many as a suite of 1000 long items has
_MAX_COLONS: Final = 1000
_NO_WIDTH: Final = 2**31 - 1
_EXACT_CHARACTERS: Final = 500_000
# No suite needs one, and libyaml compares each with all before it.
_TAG_DIRECTIVE: Final = re.compile("^%TAG", re.MULTILINE)
_TEXT_FIELDS: Final = frozenset({"id", "category"})  # where a number is a name: 007 stays 007
_WITH_COLON: Final = (*COLUMNS, "items", "suite", "title", "claim", "critical", "negative", "check", "answer")
# A Korean or Chinese keyboard writes this colon, and YAML takes what has it for one long text.
_FULL_WIDTH_COLON: Final = re.compile(rf"[ \t]*(?:-[ \t]+)*({'|'.join(_WITH_COLON)})[ \t]*\uff1a")


class _Refused(yaml.MarkedYAMLError):
    """What no suite has, found before anything is built of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.reason = problem


class _Limited(Composer):
    """Composes YAML nodes of a parser's events; refuses aliases, deep nesting and too many values."""

    _depth = 0
    _values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        line = self.peek_event().start_mark.line + 1  # type: ignore[attr-defined]  # the parser has it
        if self.check_event(yaml.AliasEvent):  # type: ignore[attr-defined]
            raise _Refused(Problem("yaml_alias", line=line))
        if self._depth == _MAX_DEPTH:
            raise _Refused(Problem("yaml_levels", {"levels": _MAX_DEPTH}, line=line))
        if self._values == _MAX_VALUES:
            raise _Refused(Problem("more_values", {"most": _MAX_VALUES}, line=line))
        self._values += 1
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Exact(_Limited, yaml.SafeLoader):
    """Takes ten times as long as libyaml and more, and names what it cannot read better."""


class _Fast(_Limited, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Uses libyaml, where PyYAML was built with it."""

    def __init__(self, text: str) -> None:
        Composer.__init__(self)
        super(Composer, self).__init__(text)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes texts of several lines as blocks, which people can edit."""


def _written_text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _written_text)


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
                if not style:  # inside quotes and blocks any line may stand
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
        root = _root_of(text)
    except _Refused as refused:
        return RawSuite([refused.reason])
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        colons = _full_width_colons(text.split("\n"), 0, line)
        return RawSuite(colons or [Problem("yaml", {"reason": str(error.problem)}, line=line)])
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


def write_yaml(content: object) -> str:
    """Return plain values as YAML that is read back as they are. A text of one line stays on one."""
    text: str = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_NO_WIDTH)
    return text


def _root_of(text: str) -> yaml.Node | None:
    if directive := _TAG_DIRECTIVE.search(text):
        raise _Refused(Problem("yaml_tag", line=text.count("\n", 0, directive.start()) + 1))
    try:
        return _Fast(text).get_single_node()
    except _Refused:
        raise
    except yaml.YAMLError:
        if len(text) > _EXACT_CHARACTERS:
            raise
        return _Exact(text).get_single_node()


def _full_width_colons(lines: Sequence[str], first: int, end: int | None) -> list[Problem]:
    found = ((number, _FULL_WIDTH_COLON.match(line)) for number, line in enumerate(lines[first:end], first + 1))
    problems = (Problem("full_width_colon", {"name": match[1]}, line=number) for number, match in found if match)
    return list(islice(problems, _MAX_COLONS))


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
