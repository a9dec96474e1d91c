"""How long does the history take in the database: a page, a filter, a search, a deletion?

    python -m bench.history [--runs 100000] [--tries 5] [--data-dir DIR] [--check]

Makes runs of two owners with answers of some 1,200 characters, Korean and English in turn, from invented words that are
as unevenly frequent as real ones. With `--data-dir` they stay there, also for a look at the page, and a second call
measures without making them. `--check` exits 1 if a page or a search takes 0.3 s or more.
"""

import argparse
import platform
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final

import sqlalchemy as sa

from llmfirst.answer import fold
from llmfirst.events import (
    PHASES,
    Admitted,
    AnswerEvent,
    AnswerFinished,
    Language,
    PhaseFinished,
    PhaseStarted,
    QuestionSubmitted,
    TextAdded,
)
from llmfirst.store import RunFilter, RunStore, open_database
from llmfirst.store.history import ended_row, number_at, submitted_row
from llmfirst.store.search import searchable
from llmfirst.store.tables import events, run_texts, runs

_LIMIT_SECONDS: Final = 0.3
_BATCH: Final = 1000
_RARE: Final = "오로라 zanzibar"
"""In every thousandth answer."""
_LETTERS: Final[Mapping[Language, str]] = {
    "ko": "가나다라마바사아자하고노도로모보소오조호구누두루무부수우주추기니디리미비시이은는을를에의과와학생물하늘빛",
    "en": "etaoinshrdlucmfwypvbgk",
}
_MODELS: Final = ("qwen3:1.7b", "gemma3:4b", "exaone3.5:2.4b", "qwen2.5-coder-1.5b")


def make_runs(database: sa.Engine, count: int) -> None:
    """Store so many runs, one every seven minutes up to now; every tenth belongs to somebody else."""
    made = _runs(count, datetime.now(UTC))
    while batch := list(islice(made, _BATCH)):
        with database.begin() as connection:
            for table, rows in zip((runs, events, run_texts), zip(*batch, strict=True), strict=True):
                connection.execute(table.insert(), [row for some in rows for row in some])


def _runs(count: int, newest: datetime) -> Iterator[tuple[list[dict[str, object]], ...]]:
    """Yield the rows of each run, by table."""
    chosen = random.Random(20)
    words = {language: _vocabulary(letters, chosen) for language, letters in _LETTERS.items()}
    for number in range(count):
        language: Language = "ko" if number % 2 else "en"
        run_id = f"{number:016x}"
        asked = QuestionSubmitted(
            elapsed_seconds=0,
            run_id=run_id,
            question=f"{_text(words[language], 8, chosen)}?",
            language=language,
            provider="ollama",
            model=_MODELS[chosen.randrange(len(_MODELS))],
            model_digest=None,
            deadline_seconds=120,
            submitted_at=newest - timedelta(minutes=7 * (count - number)),
            parent_run_id=f"{number - 2:016x}" if number % 5 == 4 else None,
        )
        told: list[AnswerEvent] = [asked, Admitted(elapsed_seconds=0.1)]
        for place, phase in enumerate(PHASES):
            text = _text(words[language], 70, chosen) + (f" {_RARE}" if number % 1000 == 0 else "")
            told.append(PhaseStarted(elapsed_seconds=5 * place, phase=phase))
            told.append(TextAdded(elapsed_seconds=5 * place + 0.4, phase=phase, text=f"{text}.", call_id=f"{run_id}/1"))
            told.append(PhaseFinished(elapsed_seconds=5 * place + 4, phase=phase, ending="stop"))
        told.append(AnswerFinished(elapsed_seconds=20, outcome="complete" if number % 7 else "deadline"))
        answer = fold(told)
        row = submitted_row(asked, "somebody" if number % 10 == 9 else "local", is_background=False)
        row |= ended_row(answer) | {"number": number_at(asked.submitted_at), "pinned": number % 500 == 1}
        row |= {"conversation_id": asked.parent_run_id or run_id, "rating": None if number % 20 else 1}
        bodies = [
            {"run_id": run_id, "position": position, "body": event.model_dump_json()}
            for position, event in enumerate(told)
        ]
        yield [row], bodies, [{"number": row["number"], "text": searchable(asked.question, answer)}]


def _vocabulary(letters: str, chosen: random.Random) -> list[str]:
    longest = 4 if len(letters) > 26 else 9
    return ["".join(chosen.choices(letters, k=chosen.randint(2, longest))) for _ in range(20_000)]


def _text(words: Sequence[str], count: int, chosen: random.Random) -> str:
    return " ".join(words[int(len(words) * chosen.random() ** 3)] for _ in range(count))


def measured(store: RunStore, tries: int) -> Iterator[tuple[str, int, float]]:
    """Yield what was done, how many runs it found, and the median of its seconds."""
    everything = RunFilter()
    newest = store.page(everything, "local", limit=1).entries[0]
    oldest = store.page(RunFilter(before=newest.submitted_at - timedelta(days=400)), "local", limit=1).entries
    half_way = newest.submitted_at - timedelta(days=200)
    common = newest.question.split()[0]

    def page(asked: RunFilter, following: int | None = None) -> Callable[[], int]:
        return lambda: len(store.page(asked, "local", following=following).entries)

    asked: dict[str, Callable[[], int]] = {
        "first page": page(everything),
        "a page far behind": page(everything, oldest[0].number if oldest else None),
        "count of all": lambda: store.count(everything, "local"),
        "names of the models": lambda: len(store.models("local")),
        "filter: one model": page(RunFilter(model=_MODELS[0])),
        "filter: a model that is not there": page(RunFilter(model="none")),
        "filter: pinned, Korean": page(RunFilter(pinned=True, language="ko")),
        "filter: outcome and date": page(RunFilter(outcome="deadline", before=half_way)),
        "filter: rated": page(RunFilter(rating=1)),
        "count of the rated": lambda: store.count(RunFilter(rating=1), "local"),
        "search: a frequent word": page(RunFilter(words=common)),
        "count of a frequent word": lambda: store.count(RunFilter(words=common), "local"),
        "search: two rare words": page(RunFilter(words=_RARE)),
        "count of two rare words": lambda: store.count(RunFilter(words=_RARE), "local"),
        "search: two syllables, rare": page(RunFilter(words="오로")),
        "search: one syllable": page(RunFilter(words="하")),
        "search: two letters": page(RunFilter(words="zz")),
        "search: a word that is not there": page(RunFilter(words="없는말입니다")),
        "search and filter": page(RunFilter(words="하늘", model=_MODELS[0], outcome="complete")),
        "a conversation": lambda: len(store.conversation(newest.run_id, "local")),
    }
    for name, ask in asked.items():
        found, seconds = 0, []
        for _ in range(tries):
            began = time.perf_counter()
            found = ask()
            seconds.append(time.perf_counter() - began)
        yield name, found, median(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.data_dir or Path(temporary)
        database = open_database(folder)
        store = RunStore(database)
        if store.count(RunFilter(), None) == 0:
            make_runs(database, chosen.runs)
        size = (folder / "llmfirst.db").stat().st_size
        print(
            f"{platform.system()} {platform.machine()}, SQLite {sqlite3.sqlite_version}, "
            f"{store.count(RunFilter(), None):,} runs, {size / 1e6:,.0f} MB\n\n| | runs | s |\n|---|---|---|"
        )
        slowest = 0.0
        for name, found, seconds in measured(store, chosen.tries):
            print(f"| {name} | {found:,} | {seconds:.3f} |")
            slowest = max(slowest, seconds)
        store.close()
    missed = slowest >= _LIMIT_SECONDS
    print(f"\ntarget: each below {_LIMIT_SECONDS} s (slowest {slowest:.3f} s): {'MISSED' if missed else 'met'}")
    return int(chosen.check and missed)


if __name__ == "__main__":
    sys.exit(main())
