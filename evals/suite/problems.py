"""What is wrong with a file of items, in sentences that name its lines."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evals.suite.files import MAX_PROBLEMS, Problem, RawItem, nearest, shown
from llmfirst import LlmfirstError, Value

Shape = TypeVar("Shape", bound=Value)
Inner = Mapping[str, type[Value]]


class SuiteError(LlmfirstError):
    """These questions cannot be used as they are: choose others, or change the file."""


def refusal(file: str, problems: Sequence[Problem]) -> SuiteError:
    """Make one error of all problems, in the order of the file."""
    told = []
    for problem in sorted(problems, key=lambda problem: problem.line or 0)[:MAX_PROBLEMS]:
        row = f" (row {problem.row})" if problem.row else ""
        place = f", line {problem.line}{row}" if problem.line else ""
        told.append(f"{file}{place}: {problem.text}")
    if len(problems) > MAX_PROBLEMS:
        told.append(f"{file}: {len(problems) - MAX_PROBLEMS} more problems; correct these first")
    return SuiteError("\n".join(told))


def checked(shape: type[Shape], raw: RawItem, inner: Inner) -> Shape | list[Problem]:
    """Return an item of this shape, or all that is wrong with it; `inner`: the shapes of fields that have fields."""
    try:
        return shape.model_validate(raw.fields)
    except ValidationError as error:
        # An id cannot be made of a question that is not there, which is told anyway.
        told = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
        return [raw.problem(_told(detail, shape, inner), detail["loc"]) for detail in told]


def _told(error: ErrorDetails, shape: type[Value], inner: Inner) -> str:
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
            return f"{f'in {inside}: ' if outer else ''}{shown(last)} is no field; {nearest(str(last), known)}"
        case "value_error":
            reason = str(error["ctx"]["error"])
            return f"{field} {reason}" if error["loc"] else reason
        case "string_type":
            rule = "must be text; put it in quotes"
        case "tuple_type":
            rule = "must be a list"
        case "model_type":
            rule = "must hold fields of its own"
        case "bool_type":
            rule = "must be true or false"
        case _:
            rule = error["msg"].replace("Input should be", "must be")
    return f"{field} is {shown(error['input'])}; it {rule}"
