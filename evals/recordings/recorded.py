"""A recorded evaluation in an archive of its own, so that it is in no trend and no comparison of anybody."""

import gzip
import logging
import threading
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from evals.analysis.export_file import ExchangeError, parsed
from evals.analysis.transfer import kept
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from llmfirst import DocumentStore, RecordedMachine, Recording, RunStore, RunUnknown, open_memory_database

logger = logging.getLogger(__name__)

RECORDED: Final = "recording-quick"
"""Its name on the page and in addresses; no evaluation has such an id."""
_FILE: Final = "quick.jsonl.gz"


@dataclass(frozen=True)
class RecordedEvaluation:
    """The evaluation, and the archive that holds nothing else."""

    archive: Archive
    evaluation: Evaluation


@dataclass
class Recorded:
    """Reads the file when somebody first looks at it. Every method blocks its thread."""

    folder: Traversable = field(default_factory=lambda: resources.files(__name__.rpartition(".")[0]))
    _opened: RecordedEvaluation | None = None
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> RecordedEvaluation:
        """Return the evaluation, with its hash and those of its answers checked. Raises ExchangeError."""
        with self._opening:
            if self._opened is None:
                self._opened = self._read()
            return self._opened

    def answer(self, run_id: str) -> Recording | None:
        """Return an answer of the evaluation as a recording; None for any other run, or where the file is damaged."""
        try:
            recorded = self.open()
            machine = recorded.evaluation.machine
            about = RecordedMachine(processor=machine.processor or machine.system, cores=machine.cores)
            return Recording(about, recorded.archive.store.load(run_id).events)
        except RunUnknown:
            return None
        except ExchangeError as error:
            logger.warning("the recorded evaluation: %s", error)
            return None

    def _read(self) -> RecordedEvaluation:
        try:
            text = gzip.decompress(self.folder.joinpath(_FILE).read_bytes()).decode()
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise ExchangeError("The recorded evaluation cannot be read: install llmfirst again.") from error
        database = open_memory_database()
        archive = Archive(DocumentStore(database), RunStore(database))
        return RecordedEvaluation(archive, kept(archive, parsed(text)))
