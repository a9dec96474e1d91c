"""The parts that answer questions, opened from the settings; the page and the evaluations work on them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from filelock import FileLock, Timeout
from pydantic import ValidationError

from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.profile_probe import ProbeFinding
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.engine.rates import RateBook
from llmfirst.errors import SetupError
from llmfirst.events import ProfileName
from llmfirst.models import Models
from llmfirst.providers import open_judge, open_providers
from llmfirst.providers.base import Provider
from llmfirst.runs.runs import Runs
from llmfirst.settings import Settings
from llmfirst.store import DocumentStore, RateStore, RunStore, open_database

FINDINGS: Final = "profiles"  # the collection with the results of probes


@dataclass(frozen=True)
class Services:
    """The opened parts; `judge` is the provider that the judge's own settings name, None when they name none."""

    settings: Settings
    models: Models
    runs: Runs
    store: RunStore
    documents: DocumentStore
    judge: Provider | None


def profiles_of(settings: Settings, documents: DocumentStore) -> ProfileBook:
    """Return which profile each model gets: as set, else as a probe found; a finding that cannot be read is ignored."""
    found: dict[str, ProfileName] = {}
    for key, body in documents.all(FINDINGS).items():
        with suppress(ValidationError):
            found[key] = ProbeFinding.model_validate_json(body).profile
    return ProfileBook(load_profiles(), None if settings.profile == "auto" else settings.profile, found)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services, None]:
    """Open the store and the providers; SetupError says why not. Runs that a killed program left open are ended.

    One program at a time: a second one would take the running answers of the first for broken ones.
    """
    lock = FileLock(settings.data_dir / "llmfirst.lock")
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise SetupError(
            f"llmfirst is running already with the data directory {settings.data_dir}: use its page, end it, "
            "or choose another directory with --data-dir."
        ) from error
    except OSError:
        pass  # opening the database reports what is wrong with the directory
    try:
        database = open_database(settings.data_dir)
    except BaseException:
        lock.release()
        raise
    store, rates, documents = RunStore(database), RateStore(database), DocumentStore(database)
    try:
        store.end_broken_runs()
        admission = Admission(slots=settings.slots, line_limit=settings.line_limit)
        models = Models(open_providers(settings), admission)
        engine = Engine(
            admission,
            deadline_seconds=settings.deadline_seconds,
            wait_limit_seconds=settings.wait_limit_seconds,
            rates=RateBook(rates.load()),
            profiles=profiles_of(settings, documents),
        )
        runs = Runs(
            engine,
            models,
            store,
            rates,
            question_limit=settings.question_limit,
            now=lambda: datetime.now(UTC),
            runs_per_owner=settings.runs_per_caller,
        )
        judge = open_judge(settings)
        try:
            yield Services(settings, models, runs, store, documents, judge)
        finally:
            await runs.aclose()
            if judge is not None:
                await judge.aclose()
            await models.aclose()
    finally:
        store.close()
        lock.release()
