"""Stores which models were on their way, so that their downloads can be resumed after the program has ended."""

from typing import Final

from pydantic import ValidationError

from llmfirst.downloads import BegunDownload
from llmfirst.store import DocumentStore

_BEGUN: Final = "downloads"


class DownloadArchive:
    """Reads and writes begun downloads by the key of their model. Each method blocks its thread."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    def begun(self) -> list[BegunDownload]:
        """Return the downloads that have not come to their end."""
        return [download for body in self._documents.all(_BEGUN).values() if (download := _read(body)) is not None]

    def keep(self, key: str, download: BegunDownload) -> None:
        self._documents.put(_BEGUN, key, download.model_dump_json())

    def drop(self, key: str) -> None:
        self._documents.remove(_BEGUN, key)


def _read(body: str) -> BegunDownload | None:
    try:
        return BegunDownload.model_validate_json(body)
    except ValidationError:  # of another version: its model can be named again
        return None
