"""The recordings that are part of the product, by the names under which addresses open them."""

from collections.abc import Callable
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from llmfirst.events import Language
from llmfirst.recordings.recording import Recording, RecordingDamaged, read_recording

_LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")
_PREFIX: Final = "recording-"


class Recordings:
    """The recordings in a folder, one for each language. A file is read and checked each time it is opened."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._others: list[Callable[[str], Recording | None]] = []

    def add(self, *others: Callable[[str], Recording | None]) -> None:
        """Take in further recordings, which are found by the ids of their runs."""
        self._others += others

    @property
    def names(self) -> dict[Language, str]:
        """The names, none of which is the id of a run."""
        return {language: f"{_PREFIX}{language}" for language in _LANGUAGES}

    def has(self, name: str) -> bool:
        return name in self.names.values()

    def find(self, name: str) -> Recording | None:
        """Return the recording of a name or a run; None if there is none. Raises RecordingDamaged."""
        if self.has(name):
            return self.open(name)
        return next((found for find in self._others if (found := find(name)) is not None), None)

    def open(self, name: str) -> Recording:
        """Return a recording by its name. Raises RecordingDamaged."""
        path = self._folder.joinpath(f"{name}.jsonl")
        try:
            return read_recording(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise RecordingDamaged(f"The recording {name} cannot be read: install llmfirst again.") from error


def shipped_recordings() -> Recordings:
    """Return the recordings that are part of the package."""
    return Recordings(resources.files(__name__.rpartition(".")[0]))
