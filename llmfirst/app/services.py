"""The parts that answer questions, opened from the settings; the page and the evaluations work on them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from filelock import FileLock, Timeout

from llmfirst.app.heartbeat import keep_beating, leave
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.engine.rates import RateBook
from llmfirst.errors import SetupError
from llmfirst.machine.room import read_free_memory
from llmfirst.models import Models
from llmfirst.providers import open_judge, open_providers
from llmfirst.providers.base import Provider
from llmfirst.runs.background_probe import BackgroundProbe
from llmfirst.runs.download_archive import DownloadArchive
from llmfirst.runs.outlook import Forecaster
from llmfirst.runs.probe_archive import ProbeArchive
from llmfirst.runs.runs import Runs
from llmfirst.settings import Settings
from llmfirst.store import DocumentStore, RateStore, Replica, RunStore, is_postgres, open_database


@dataclass(frozen=True)
class Services:
    """The opened parts; `judge` is the provider that the judge's own settings name, None when they name none."""

    settings: Settings
    models: Models
    runs: Runs
    store: RunStore
    documents: DocumentStore
    judge: Provider | None
    probe: BackgroundProbe
    """Whoever serves people runs it; evaluations from the command line and measurements do not."""

    @cached_property
    def forecaster(self) -> Forecaster:
        """What measures the machine and predicts what it can do."""
        return Forecaster(self.models, self.runs, self.documents, context_tokens=self.settings.context_tokens)


def profiles_of(settings: Settings, archive: ProbeArchive) -> ProfileBook:
    """Return which profile each model gets: as set, else as a probe found, else by its size."""
    set_to = None if settings.profile == "auto" else settings.profile
    return ProfileBook(load_profiles(), set_to, archive.found(), archive.thinking_pays())


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services, None]:
    """Open the store and the providers; SetupError says why not. Runs that a killed program left open are ended.

    One program at a time uses a data directory: a second one would take the running answers of the first for broken
    ones. Programs with data directories of their own may share a PostgreSQL database.
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
        database = open_database(settings.data_dir, settings.database)
    except BaseException:
        lock.release()
        raise
    replica = Replica(database) if is_postgres(database) else None
    store = RunStore(database, None if replica is None else replica.name)
    rates, documents = RateStore(database), DocumentStore(database)
    try:
        if replica is None:
            store.end_broken_runs()
        else:  # a living replica may not have said so yet: the heartbeat ends what a dead one left
            replica.beat()
        admission = Admission(slots=settings.slots, line_limit=settings.line_limit)
        models = Models(
            open_providers(settings),
            admission,
            context_tokens=settings.context_tokens,
            free_memory=read_free_memory,
            begun_downloads=DownloadArchive(documents),
        )
        probes = ProbeArchive(documents)
        profiles = profiles_of(settings, probes)
        engine = Engine(
            admission,
            deadline_seconds=settings.deadline_seconds,
            wait_limit_seconds=settings.wait_limit_seconds,
            rates=RateBook(rates.load()),
            profiles=profiles,
            think=settings.think,
            options=settings.model_options,
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
        probe = BackgroundProbe(
            models,
            admission.idle,
            profiles,
            probes,
            deadline_seconds=settings.deadline_seconds,
            now=lambda: datetime.now(UTC),
            is_on=settings.probe == "on",
        )
        judge = open_judge(settings)
        beating = None if replica is None else asyncio.create_task(keep_beating(replica, store))
        try:
            yield Services(settings, models, runs, store, documents, judge, probe)
        finally:
            await runs.aclose()
            if replica is not None and beating is not None:
                await leave(replica, beating)
            if judge is not None:
                await judge.aclose()
            await models.aclose()
    finally:
        store.close()
        lock.release()
