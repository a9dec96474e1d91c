"""Which texts of a table the source uses, read from the source; and what a text is filled with."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Any, get_type_hints

from llmfirst.texts.tables import TextTable

REPOSITORY = Path(__file__).parents[1]
Table = type[TextTable]
Use = tuple[Table, str]


def tables_in(table: Table) -> Iterator[Table]:
    """Yield a table and those inside it."""
    yield table
    for field in table.model_fields.values():
        if (inner := _table(field.annotation)) is not None:
            yield from tables_in(inner)


def unused(table: Table, templates: Mapping[str, Mapping[str, Table]] | None = None) -> set[str]:
    """Return the keys that no code uses; `templates` says which tables are which names in a template."""
    sources = [path for package in ("llmfirst", "evals") for path in (REPOSITORY / package).rglob("*.py")]
    used = {use for path in sources for use in _uses_in_code(path)}
    for path, names in (templates or {}).items():
        used |= set(_uses_in_template((REPOSITORY / path).read_text(encoding="utf-8"), names))
    keys = {(one, key) for one in tables_in(table) for key in one.model_fields}
    return {f"{one.__name__}.{key}" for one, key in keys - used}


def fields_of(text: str) -> set[str]:
    """Return the names in braces."""
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def texts_of(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a table with its place."""
    match value:
        case str():
            yield place, value
        case Mapping():
            for key, inner in value.items():
                yield from texts_of(inner, f"{place}.{key}")
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from texts_of(inner, f"{place}.{number}")


@cache
def _uses_in_code(path: Path) -> set[Use]:
    source = path.read_text(encoding="utf-8")
    place = path.relative_to(REPOSITORY)
    if not re.search(r"texts_in|shared_texts|Texts\b|Look\b", source):
        return set()
    module = import_module(".".join(place.with_suffix("").parts).removesuffix(".__init__"))
    reader = _Reader(vars(module))
    reader.visit(ast.parse(source))
    return reader.uses


def _uses_in_template(source: str, names: Mapping[str, Table]) -> Iterator[Use]:
    for name, keys in re.findall(rf"\b({'|'.join(names)})\.([\w.]+)", source):
        table: Table | None = names[name]
        for key in keys.split("."):
            if table is not None and key in table.model_fields:
                yield table, key
                table = _table(table.model_fields[key].annotation)


def _table(kind: Any) -> Table | None:
    return kind if isinstance(kind, type) and issubclass(kind, TextTable) else None


class _Reader(ast.NodeVisitor):
    """Follows the tables through the names of a module."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self._scopes: list[dict[str, Table | None]] = [{}]
        self.uses: set[Use] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        given = [*node.args.args, *node.args.kwonlyargs]
        self._scopes.append({one.arg: self._annotated(one.annotation) for one in given})
        self.generic_visit(node)
        self._scopes.pop()

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            match target, node.value:
                case ast.Tuple(elts=names), ast.Tuple(elts=values):
                    pairs = list(zip(names, values, strict=True))
                case _:
                    pairs = [(target, node.value)]
            for name, value in pairs:
                if isinstance(name, ast.Name):
                    self._scopes[-1][name.id] = self._table_of(value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._table_of(node)
        self.generic_visit(node)

    def _annotated(self, annotation: ast.expr | None) -> Table | None:
        return _table(self._known.get(annotation.id)) if isinstance(annotation, ast.Name) else None

    def _table_of(self, node: ast.expr) -> Table | None:
        match node:
            case ast.Name(id=name):
                return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)
            case ast.Call(func=ast.Name(id=name)) if callable(self._known.get(name)):
                return _returned(self._known[name])
            case ast.Attribute(value=owner, attr=key):
                table = self._table_of(owner)
                if table is None:
                    return self._held(key)
                self.uses.add((table, key))
                return _table(table.model_fields[key].annotation) if key in table.model_fields else None
            case _:
                return None

    def _held(self, name: str) -> Table | None:
        """Return the table that a property of a class is, such as `Look.words`."""
        kinds = (kind for kind in self._known.values() if isinstance(kind, type))
        found = (vars(kind).get(name) for kind in kinds)
        return next((_returned(one.fget) for one in found if isinstance(one, property) and one.fget), None)


def _returned(function: Any) -> Table | None:
    function = inspect.unwrap(function)
    return _table(get_type_hints(function).get("return")) if inspect.isfunction(function) else None
