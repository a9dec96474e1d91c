"""Turn validation errors of a suite file into problems with line numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Self, TypeVar, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evals.suite.raw import Problem, ProblemKind, RawItem, shown
from llmfirst import LlmfirstError, Value

Shape = TypeVar("Shape", bound=Value)
Inner = Mapping[str, type[Value]]
_MANY: Final = 1000
_OURS: Final = frozenset(get_args(ProblemKind))
_KINDS: Final[dict[str, ProblemKind]] = {
    "extra_forbidden": "unknown_field",
    "string_type": "no_text",
    "tuple_type": "no_list",
    "model_type": "no_fields",
    "bool_type": "no_boolean",
    "float_type": "no_number",
    "int_type": "no_integer",
    "int_from_float": "no_integer",
    "finite_number": "not_finite",
    "literal_error": "not_one_of",
    "greater_than_equal": "below",
    "less_than_equal": "above",
}


class SuiteError(LlmfirstError):
    """The suite cannot be used: choose another one, or correct the file. `suite_refusal` has the words for readers."""

    def __init__(self, problems: Iterable[Problem], file: str | None = None) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        """In the order of the file."""
        self.file = file
        super().__init__(f"{file or 'suite'}: {', '.join(problem.kind for problem in self.problems)}")

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...], str | None]]:
        return type(self), (self.problems, self.file)


def checked(shape: type[Shape], raw: RawItem, inner: Inner) -> Shape | list[Problem]:
    """Validate an item; return it, or a list of its problems. `inner` gives the shapes of nested fields by name."""
    try:
        return shape.model_validate(raw.fields)
    except ValidationError as error:
        # Without a question there is no default id. The missing question is reported by an error of its own.
        details = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
        return [_problem(detail, raw, shape, inner) for detail in details]


def checked_all(
    shape: type[Shape], found: Sequence[RawItem | Problem], inner: Inner
) -> tuple[list[Shape | list[Problem]], list[Problem]]:
    """Validate the items of a file; return what came of each, and all problems. After _MANY problems it stops."""
    results: list[Shape | list[Problem]] = []
    problems: list[Problem] = []
    for item in found:
        if len(problems) >= _MANY:
            break
        if isinstance(item, Problem):
            problems.append(item)
            continue
        result = checked(shape, item, inner)
        results.append(result)
        problems += result if isinstance(result, list) else []
    return results, problems


def _problem(error: ErrorDetails, raw: RawItem, shape: type[Value], inner: Inner) -> Problem:
    """Return what is wrong with a field; a validator of ours has named the kind itself."""
    spot = error["loc"]
    values: dict[str, str | int] = {name: value for name, value in error.get("ctx", {}).items() if name != "error"}
    kind = _KINDS.get(error["type"], "other")
    if error["type"] in _OURS:
        return Problem(cast(ProblemKind, error["type"]), values, spot, raw.line_of(spot), raw.row)
    if kind == "unknown_field":
        *outer, last = spot
        fields = (inner[str(outer[0])] if outer else shape).model_fields
        known = [description.alias or name for name, description in fields.items()]
        return Problem(kind, {"name": str(last)}, spot, raw.line_of(spot), raw.row, known)
    values |= {"value": shown(error["input"]), "rule": error["msg"].replace("Input should be", "must be")}
    return Problem(kind, values, spot, raw.line_of(spot), raw.row)
