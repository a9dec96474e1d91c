"""The log has one line for each record, and no text can make one up."""

import logging

import pytest

from llmfirst.app.logs import LineFormatter

FORGED = "no\n2026-01-01 00:00:00,000 INFO llmfirst: all is well\r\x1b[2J\u202e"


def formatted(*, error: Exception | None = None) -> str:
    caught = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("llmfirst", logging.WARNING, __file__, 1, "session %s", (FORGED,), caught)
    return LineFormatter().format(record)


def test_a_record_is_one_line_with_every_sign_visible() -> None:
    line = formatted()
    assert line.isprintable()
    assert line.endswith(r"session no\n2026-01-01 00:00:00,000 INFO llmfirst: all is well\r\x1b[2J\u202e")


def test_a_traceback_stays_readable_and_looks_like_no_record() -> None:
    try:
        raise ValueError(FORGED)
    except ValueError as error:
        first, *lines = formatted(error=error).split("\n")
    assert first.isprintable()
    assert lines[0] == "  Traceback (most recent call last):"
    assert all(line.startswith("  ") and line.isprintable() for line in lines)


def test_the_log_begins_with_this_format(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from llmfirst.app.logs import begin_log

    monkeypatch.setattr(logging, "root", logging.RootLogger(logging.WARNING))
    begin_log("INFO")
    logging.root.info(FORGED)
    assert capsys.readouterr().err.count("\n") == 1
