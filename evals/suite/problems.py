"""Turn validation errors of a suite file into sentences with line numbers."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evals.suite.files import MAX_PROBLEMS, Problem, RawItem, nearest, shown
from llmfirst import LlmfirstError, Value

Shape = TypeVar("Shape", bound=Value)
Inner = Mapping[str, type[Value]]


class SuiteError(LlmfirstError):
    """The suite cannot be used: choose another one, or correct the file."""


def refusal(file: str, problems: Sequence[Problem]) -> SuiteError:
    """Return one error with a line of text for each of the first MAX_PROBLEMS problems, in the order of the file."""
    lines = []
    for problem in sorted(problems, key=lambda problem: problem.line or 0)[:MAX_PROBLEMS]:
        row = f" (row {problem.row})" if problem.row else ""
        place = f", line {problem.line}{row}" if problem.line else ""
        lines.append(f"{file}{place}: {problem.text}")
    if len(problems) > MAX_PROBLEMS:
        lines.append(f"{file}: {len(problems) - MAX_PROBLEMS} more problems; correct these first")
    return SuiteError("\n".join(lines))


def checked(shape: type[Shape], raw: RawItem, inner: Inner) -> Shape | list[Problem]:
    """Validate an item; return it, or a list of its problems. `inner` gives the shapes of nested fields by name."""
    try:
        return shape.model_validate(raw.fields)
    except ValidationError as error:
        # Without a question there is no default id. The missing question is reported by an error of its own.
        details = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
        return [raw.problem(_sentence(detail, shape, inner), detail["loc"]) for detail in details]


def _sentence(error: ErrorDetails, shape: type[Value], inner: Inner) -> str:
    """Say what is wrong with a field and what it must be."""
    *outer, last = error["loc"] or ("item",)
    inside = " ".join(str(part + 1) if isinstance(part, int) else part for part in outer)
    name = f"entry {last + 1}" if isinstance(last, int) else f"`{last}`"
    field = f"in {inside}: {name}" if outer else name
    match error["type"]:
        case "missing":
            return f"{field} is missing; add it"
        case "extra_forbidden":
            fields = (inner[str(outer[0])] if outer else shape).model_fields
            known = [description.alias or name for name, description in fields.items()]
            return f"{f'in {inside}: ' if outer else ''}{shown(last)} is not a field; {nearest(str(last), known)}"
        case "value_error":
            reason = str(error["ctx"]["error"])
            return f"{field} {reason}" if error["loc"] else reason
        case "string_type":
            rule = "must be text; put it in quotes"
        case "tuple_type":
            rule = "must be a list"
        case "model_type":
            rule = "must have fields of its own"
        case "bool_type":
            rule = "must be true or false"
        case _:
            rule = error["msg"].replace("Input should be", "must be")
    return f"{field} is {shown(error['input'])}; it {rule}"
