"""Tables of texts: one TOML file for each language, read into one frozen model."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from types import UnionType
from typing import Any, Literal, Self, TypeVar, Union, get_args, get_origin

from pydantic import model_validator

from llmfirst.events import Language
from llmfirst.values import Value


class TextTable(Value):
    """Texts of one place; braces in a text are filled with figures and names.

    A mapping whose keys are a `Literal` has a text for each of its names.
    """

    @model_validator(mode="after")
    def _every_name_has_a_text(self) -> Self:
        for field, about in type(self).model_fields.items():
            names = _names_in(about.annotation)
            if missing := names - set(getattr(self, field) if names else ()):
                raise ValueError(f"{field} has no text for {', '.join(sorted(missing))}")
        return self


Table = TypeVar("Table", bound=TextTable)


def read_texts(shape: type[Table], package: str, language: Language) -> Table:
    """Read the file of a language that lies in a package; a key that is missing or unknown is an error."""
    text = resources.files(package).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return shape.model_validate(tomllib.loads(text))


def _names_in(annotation: Any) -> set[str]:
    """Return the names that are the keys of a mapping; none if they are not a `Literal`, or if it is no mapping."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Mapping:
        return _literals(inner[0])
    return set()


def _literals(annotation: Any) -> set[str]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return set(inner)
    return {name for one in inner for name in _literals(one)} if origin in (Union, UnionType) else set()
