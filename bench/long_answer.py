"""Stored answers that are longer than the engine lets a section become, so that the page can play them as if live."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import uuid4

from bench.paced_service import MODEL, tokens
from llmfirst.events import (
    Admitted,
    AnswerEvent,
    AnswerFinished,
    Phase,
    PhaseFinished,
    PhaseStarted,
    QuestionSubmitted,
    StateChanged,
    TextAdded,
)
from llmfirst.store import RunStore, open_database

_SHARES: Final[dict[Phase, float]] = {"strategy": 0.02, "core": 0.23, "details": 0.5, "conclusion": 0.25}


def store_answer(folder: Path, count: int, rate: float) -> str:
    """Store an answer of so many tokens, written at a rate in tokens per second; return its run id."""
    store, run_id = RunStore(open_database(folder)), uuid4().hex
    try:
        store.append(run_id, 0, [*_events(run_id, count, rate)])
    finally:
        store.close()
    return run_id


def _events(run_id: str, count: int, rate: float) -> Iterator[AnswerEvent]:
    yield QuestionSubmitted(
        elapsed_seconds=0,
        run_id=run_id,
        question=f"Write {count} tokens please.",
        language="en",
        provider="openai",
        model=MODEL,
        model_digest=None,
        deadline_seconds=120,
        submitted_at=datetime.now(UTC),
    )
    yield Admitted(elapsed_seconds=0)
    written = 0
    for phase, share in _SHARES.items():
        yield PhaseStarted(elapsed_seconds=written / rate, phase=phase)
        yield StateChanged(elapsed_seconds=written / rate, state="writing")
        for token in islice(tokens(seed=written), round(count * share)):
            yield TextAdded(elapsed_seconds=written / rate, phase=phase, text=token, call_id=phase)
            written += 1
        yield PhaseFinished(elapsed_seconds=written / rate, phase=phase, ending="stop")
    yield AnswerFinished(elapsed_seconds=written / rate, outcome="complete")
