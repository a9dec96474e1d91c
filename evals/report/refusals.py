"""Describes in sentences the problems of a question file and how it was read. Pure."""

from collections.abc import Sequence
from difflib import get_close_matches

from evals.suite.cases import Language
from evals.suite.files import MAX_PROBLEMS
from evals.suite.problems import SuiteError
from evals.suite.raw import FileReading, Problem, Spot, shown
from evals.texts import SuiteFileTexts, texts_in


def suite_refusal(error: SuiteError, language: Language) -> str:
    """Return one line for each problem; after MAX_PROBLEMS of them, one line with the number of the others."""
    texts = texts_in(language).suite_files
    lines = [_line(problem, error.file, texts) for problem in error.problems[:MAX_PROBLEMS]]
    if len(error.problems) > MAX_PROBLEMS:
        lines.append(texts.more.format(file=error.file, count=len(error.problems) - MAX_PROBLEMS))
    return "\n".join(lines)


def problem_sentence(problem: Problem, language: Language) -> str:
    """Return what is wrong with one item, and what to do."""
    return _line(problem, None, texts_in(language).suite_files)


def reading_sentence(reading: FileReading | None, language: Language) -> str:
    """Return the encoding and separator with which a file was read; an empty text if they are the usual ones."""
    if reading is None or reading.is_usual:
        return ""
    texts = texts_in(language).suite_files
    separator = reading.separator
    separated = "" if separator is None else texts.separated.format(separator=texts.separators[separator])
    return texts.read_as.format(encoding=reading.encoding, separated=separated)


def _line(problem: Problem, file: str | None, texts: SuiteFileTexts) -> str:
    said = texts.problems[problem.kind].format(**_filling(problem, texts))
    if file is None:
        return said
    if problem.line is None:
        return texts.in_file.format(file=file, problem=said)
    if problem.row is None:
        return texts.in_line.format(file=file, line=problem.line, problem=said)
    return texts.in_row.format(file=file, line=problem.line, row=problem.row, problem=said)


def _filling(problem: Problem, texts: SuiteFileTexts) -> dict[str, str | int]:
    """Return the values for the placeholders in the text of a problem."""
    values = dict(problem.values)
    if problem.known:
        name = str(values["name"])
        values |= {"advice": _advice(name, problem.known, texts), "name": shown(name)}
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace(" or ", texts.alternative)
    if problem.kind == "more_cells":
        values["separator"] = next(word for name, word in texts.separators.items() if name == values["separator"])
    outer = _outer(problem.spot)
    return {**values, "field": _field(problem.spot, texts), "inside": texts.inside.format(outer=outer) if outer else ""}


def _advice(name: str, known: Sequence[str], texts: SuiteFileTexts) -> str:
    near = get_close_matches(name, known, n=1)
    meant = texts.did_you_mean.format(near=near[0]) if near else ""
    return f"{meant}{texts.use_one_of.format(names=', '.join(known))}"


def _outer(spot: Spot) -> str:
    return " ".join(str(part + 1) if isinstance(part, int) else part for part in spot[:-1])


def _field(spot: Spot, texts: SuiteFileTexts) -> str:
    last = spot[-1] if spot else ""
    name = texts.entry.format(number=last + 1) if isinstance(last, int) else texts.field.format(name=last)
    outer = _outer(spot)
    return texts.field_in.format(outer=outer, field=name) if outer else name
