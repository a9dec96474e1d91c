"""The history of an owner's runs: listed, changed, deleted, and told as records for files."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime

from llmfirst.answer import Answer, Metrics, fold
from llmfirst.errors import RunUnreadable
from llmfirst.events import AnswerEvent, Language, Phase
from llmfirst.providers.base import Fault, ProviderKind
from llmfirst.runs.owners import Owner
from llmfirst.store import Rating, RunEntry, RunFilter, RunOutcome, RunPage, RunStore
from llmfirst.values import Value

__all__ = ["History", "Listing", "Rating", "RunEntry", "RunFilter", "RunOutcome", "RunRecord"]

PAGE_RUNS: Final = 50
_EVERYTHING: Final = RunFilter(is_background=None)


@dataclass(frozen=True)
class Listing:
    """One page of the history, and what stands around it."""

    page: RunPage
    count: int
    """How many runs the filter lets through, on all pages."""

    is_empty: bool
    """Whether the owner has no runs at all."""

    conversations: Mapping[str, tuple[RunEntry, ...]]
    """The whole conversations of which a run is on the page, oldest run first; single questions are not in it."""


class RunRecord(Value):
    """A run that has ended, for a file."""

    run_id: str
    submitted_at: AwareDatetime
    question: str
    language: Language | None
    """The language of the interface; that of the question is not detected."""
    provider: ProviderKind
    model: str
    model_digest: str | None
    deadline_seconds: float | None
    outcome: RunOutcome | None
    fault: Fault | None
    parent_run_id: str | None
    conversation_id: str
    pinned: bool
    rating: Rating | None
    rating_words: str | None
    text: dict[Phase, str]
    metrics: Metrics | None
    """None where the events of the run cannot be read; its `ledger_head` is the head of the proof."""


class History:
    """What the history can do. A run of another owner is treated like one that does not exist; None sees all runs."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    async def listing(self, asked: RunFilter, owner: Owner | None, *, following: int | None = None) -> Listing:
        """Return one page of the history, the newest run first."""
        return await asyncio.to_thread(self._listing, asked, owner, following)

    async def page(self, asked: RunFilter, owner: Owner | None, *, following: int | None, limit: int) -> RunPage:
        """Return one page of so many runs."""
        return await asyncio.to_thread(self._store.page, asked, owner, following=following, limit=limit)

    async def count(self, asked: RunFilter, owner: Owner | None) -> int:
        """Return how many runs a filter lets through."""
        return await asyncio.to_thread(self._store.count, asked, owner)

    async def models(self, owner: Owner | None) -> list[str]:
        """Return the models that have answered an owner, by name."""
        return await asyncio.to_thread(self._store.models, owner)

    async def read(self, run_id: str, owner: Owner | None) -> tuple[RunEntry, tuple[AnswerEvent, ...]]:
        """Return a run with all its events. Raises RunUnknown and RunUnreadable."""
        entry = await asyncio.to_thread(self._store.entry, run_id, owner)
        return entry, (await asyncio.to_thread(self._store.load, run_id, owner)).events

    async def rating(self, run_id: str, owner: Owner | None) -> tuple[Rating | None, str | None]:
        """Return what a person thinks of the answer, and the words beside it. Raises RunUnknown."""
        entry = await asyncio.to_thread(self._store.entry, run_id, owner)
        return entry.rating, entry.rating_words

    async def rate(self, run_id: str, owner: Owner | None, rating: Rating | None, words: str | None = None) -> None:
        """Store what a person thinks of the answer; None takes it back. Raises RunUnknown."""
        await asyncio.to_thread(self._store.rate, run_id, owner, rating, words)

    async def pin(self, run_id: str, owner: Owner | None, *, pinned: bool) -> None:
        """Keep a run from being deleted with others, or no longer. Raises RunUnknown."""
        await asyncio.to_thread(self._store.pin, run_id, owner, pinned=pinned)

    async def delete(self, run_id: str, owner: Owner | None) -> None:
        """Delete a run. Raises RunUnknown, and RunInProgress for one that has not ended."""
        await asyncio.to_thread(self._store.delete, run_id, owner)

    async def delete_before(self, instant: datetime, owner: Owner | None, *, with_pinned: bool) -> int:
        """Delete the runs before an instant that have ended; return how many there were."""
        return await asyncio.to_thread(self._store.delete_before, instant, owner, with_pinned=with_pinned)

    async def records(self, asked: RunFilter, owner: Owner | None) -> AsyncGenerator[RunRecord, None]:
        """Yield every run that is asked for and has ended, the newest first."""
        following: int | None = None
        while True:
            page = await self.page(asked, owner, following=following, limit=PAGE_RUNS)
            for entry in page.entries:
                if entry.has_ended:
                    yield await asyncio.to_thread(self._record, entry)
            if page.following is None:
                return
            following = page.following

    def _listing(self, asked: RunFilter, owner: Owner | None, following: int | None) -> Listing:
        page = self._store.page(asked, owner, following=following, limit=PAGE_RUNS)
        return Listing(
            page=page,
            count=self._store.count(asked, owner),
            is_empty=not page.entries and self._store.count(_EVERYTHING, owner) == 0,
            conversations=self._store.conversations({entry.conversation_id for entry in page.entries}, owner),
        )

    def _record(self, entry: RunEntry) -> RunRecord:
        try:
            answer = fold(self._store.load(entry.run_id).events)
        except RunUnreadable:
            answer = Answer()
        known = {name: value for name, value in asdict(entry).items() if name in RunRecord.model_fields}
        text = {phase: part.text for phase, part in answer.phases.items()}
        return RunRecord(**known, text=text, metrics=None if answer.submitted is None else answer.metrics())
