"""The log of the program: one line for each record, whatever stands in its message."""

import logging
from types import TracebackType
from typing import Final

from llmfirst.visible_text import visible

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_NOISY: Final = ("httpx", "httpcore", "alembic", "uvicorn")


class LineFormatter(logging.Formatter):
    """Shows control characters as such; the lines of a traceback are indented, so none looks like a record."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return visible(super().formatMessage(record))

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return "\n".join(f"  {visible(line)}" for line in super().formatException(ei).split("\n"))


def begin_log(level: str) -> None:
    """Log to the error stream from now on."""
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=level, handlers=[handler])
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
