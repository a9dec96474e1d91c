"""Read suite files (YAML, JSON, tables) into fields with their line numbers. Nothing is validated here."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from evals.suite.json_file import read_json
from evals.suite.raw import FileReading, Problem, RawSuite
from evals.suite.table_file import read_table
from evals.suite.yaml_file import read_yaml
from llmfirst import UndecodableText, decode_text

SUFFIXES: Final = (".yaml", ".yml", ".jsonl", ".json", ".csv", ".tsv")
MAX_BYTES: Final = 5_000_000
MAX_PROBLEMS: Final = 10
# Not allowed in a text: control characters other than tab and line feed, halves of surrogate pairs, noncharacters.
NO_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def read_raw(path: Path) -> RawSuite:
    """Read a file whose name ends in one of SUFFIXES. Problems are returned, never raised."""
    content = _content_of(path)
    if not isinstance(content, tuple):
        return RawSuite(content)
    text, reading = content
    match path.suffix.lower():
        case ".jsonl" | ".json":
            return RawSuite(read_json(text), reading=reading)
        case ".csv" | ".tsv":
            found, separator = read_table(text)
            return RawSuite(found, reading=replace(reading, separator=separator))
        case _:
            return replace(read_yaml(text), reading=reading)


def sign_of(match: re.Match[str]) -> str:
    """Return the name of a character that NO_TEXT has found."""
    return f"U+{ord(match[0]):04X}"


def _content_of(path: Path) -> tuple[str, FileReading] | Sequence[Problem]:
    """Return the text of a file with normalised line ends, and its encoding; or its problems."""
    try:
        if not path.is_file():  # opening a pipe would block
            return [Problem("no_file")]
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return [Problem("unreadable", {"reason": error.strerror or str(error)})]
    if len(data) > MAX_BYTES:
        return [Problem("too_large", {"megabytes": MAX_BYTES // 1_000_000})]
    try:
        decoded = decode_text(data)
    except UndecodableText as error:
        values: dict[str, str | int] = {"position": error.position + 1, "byte": error.byte, "encoding": error.encoding}
        return [Problem("undecodable", values, line=error.line)]
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return [Problem("empty")]
    problems = [
        Problem("sign", {"sign": sign_of(match)}, line=text.count("\n", 0, match.start()) + 1)
        for match in islice(NO_TEXT.finditer(text), MAX_PROBLEMS)
    ]
    return problems or (text, FileReading(decoded.encoding))
