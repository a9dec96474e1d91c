"""What the stored runs say about the promise that every answer ends before its deadline."""

from dataclasses import dataclass
from statistics import median
from typing import Final

import sqlalchemy as sa

from llmfirst.providers.base import ProviderKind
from llmfirst.runs.owners import Owner
from llmfirst.store.tables import runs

_WITH_TEXT: Final = ("complete", "deadline", "interrupted")
_WHOLE: Final = ("complete", "deadline")
_TOOK: Final = runs.c.total_seconds - runs.c.admitted_seconds
_FIRST: Final = runs.c.first_text_seconds - runs.c.admitted_seconds
_FEW: Final = 20  # answers that tell how long the next one takes


@dataclass(frozen=True)
class Guarantee:
    """The newest answers, and the runs of the same time that are counted apart."""

    answers: int = 0
    """The runs with text that nobody stopped and no fault disturbed, and any that ended late."""
    late: int = 0
    """How many of them ended after their deadline."""
    stopped: int = 0
    """How many others their reader stopped."""
    failed: int = 0
    """How many others ended in time without any text."""
    faulted: int = 0
    """How many others were disturbed on purpose."""
    slowest: str | None = None
    """The id of the answer that took longest."""
    slowest_seconds: float = 0.0
    """From admission to the end."""


@dataclass(frozen=True)
class UsualTimes:
    """Medians of the newest answers of a model that nothing broke, from admission."""

    first_text_seconds: float | None
    total_seconds: float
    answers: int
    """How many answers say so."""


def guarantee_of(connection: sa.Connection, owner: Owner | None, *, answers: int) -> Guarantee:
    """Return what so many of the newest answers say; `owner` None counts those of all owners."""
    is_late = runs.c.deadline_seconds < _TOOK
    is_seen = [runs.c.has_ended, *([] if owner is None else [runs.c.owner == owner])]
    is_counted = sa.and_(
        runs.c.fault.is_(None), runs.c.admitted_seconds.is_not(None), runs.c.outcome.in_(_WITH_TEXT) | is_late
    )
    newest = connection.execute(
        sa.select(runs.c.number, runs.c.run_id, _TOOK.label("took"), is_late.label("is_late"))
        .where(*is_seen, is_counted)
        .order_by(runs.c.number.desc())
        .limit(answers)
    ).all()
    kind = sa.case((runs.c.fault.is_not(None), "faulted"), else_=runs.c.outcome)
    others = sa.select(kind, sa.func.count()).where(*is_seen, sa.not_(is_counted)).group_by(kind)
    if len(newest) == answers:
        others = others.where(runs.c.number > newest[-1].number)
    apart = {name: count for name, count in connection.execute(others) if name is not None}
    slowest = max(newest, key=lambda row: row.took, default=None)
    return Guarantee(
        answers=len(newest),
        late=sum(row.is_late for row in newest),
        stopped=apart.get("stopped", 0),
        failed=apart.get("failed", 0),
        faulted=apart.get("faulted", 0),
        slowest=None if slowest is None else slowest.run_id,
        slowest_seconds=0.0 if slowest is None else slowest.took,
    )


def usual_times_of(connection: sa.Connection, provider: ProviderKind, model: str) -> UsualTimes | None:
    """Return how fast the newest answers of a model were; None where it has none."""
    of_model = [runs.c.provider == provider, runs.c.model == model, runs.c.outcome.in_(_WHOLE)]
    query = (
        sa.select(_TOOK.label("took"), _FIRST.label("first"))
        .where(*of_model, runs.c.fault.is_(None), _TOOK.is_not(None))
        .order_by(runs.c.number.desc())
        .limit(_FEW)
    )
    rows = connection.execute(query).all()
    if not rows:
        return None
    firsts = [row.first for row in rows if row.first is not None]
    total = median(row.took for row in rows)
    return UsualTimes(median(firsts) if firsts else None, total, len(rows))
