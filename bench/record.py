"""Record what the product ships: one Korean and one English answer of a real model, and one evaluation.

    python -m bench.record [--model NAME] [--data-dir DIR] [--only ko|en] [--question TEXT] [--run ID] [--evaluation ID]

Each question is asked by the program's own services, and the machine should have nothing else to do. `--run` writes an
answer that is stored already, `--evaluation` an evaluation (`python -m evals run --suite quick`); these ask nothing.
"""

import argparse
import asyncio
import gzip
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from evals.analysis.transfer import exported
from evals.records.archive import Archive
from evals.records.machine import this_machine
from llmfirst.app.services import Services, open_services
from llmfirst.events import AnswerEvent, Language
from llmfirst.readiness import readiness_of
from llmfirst.recordings.recording import RecordedMachine, read_recording, written
from llmfirst.recordings.shipped import shipped_recordings
from llmfirst.settings import Settings, load_settings

REPOSITORY = Path(__file__).parents[1]
QUESTIONS: dict[Language, str] = {
    "ko": "데이터베이스 인덱스는 왜 검색을 빠르게 하나요?",
    "en": "A recipe for 4 people needs 350 g of pasta. How much pasta do I need for 10 people?",
}
LEAVE_SECONDS = 3600.0


async def asked(services: Services, question: str, language: Language) -> tuple[AnswerEvent, ...]:
    """Return the events of an answer that was asked for now."""
    run_id = await services.runs.start(question, language=language, model=None, grace_seconds=LEAVE_SECONDS)
    async with aclosing(services.runs.follow(run_id)) as events:
        return tuple([event async for event in events])


def keep(name: str, events: Sequence[AnswerEvent]) -> None:
    machine = this_machine()
    about = RecordedMachine(processor=machine.processor or machine.system, cores=machine.cores)
    text = "\n".join(written(about, events)) + "\n"
    read_recording(text)
    path = REPOSITORY / "llmfirst" / "recordings" / f"{name}.jsonl"
    path.write_text(text, encoding="utf-8", newline="")
    print(f"{path}: {len(events)} events, {len(text.encode()) / 1000:.0f} KB, {events[-1].elapsed_seconds:.1f} s")


def keep_evaluation(services: Services, evaluation_id: str) -> None:
    archive = Archive(services.documents, services.store)
    text = "\n".join(exported(archive, archive.load(evaluation_id))) + "\n"
    path = REPOSITORY / "evals" / "recordings" / "quick.jsonl.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{path}: {len(text.encode()) / 1000:.0f} KB, {path.stat().st_size / 1000:.0f} KB compressed")


async def record(settings: Settings, given: argparse.Namespace) -> None:
    names = shipped_recordings().names
    async with open_services(settings) as services:
        if given.evaluation is not None:
            keep_evaluation(services, given.evaluation)
            return
        if given.run is not None:
            keep(names[given.only], services.store.load(given.run).events)
            return
        choice = await services.models.choose(settings.model, services.store.last_model)
        services.models.begin(choice.offer.key)
        async for state in readiness_of(services.models, choice.offer.key):
            print(state)
        for language, question in QUESTIONS.items():
            if given.only in (None, language):
                keep(names[language], await asked(services, given.question or question, language))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.record", description=__doc__.partition("\n")[0])
    parser.add_argument("--model")
    parser.add_argument("--data-dir")
    parser.add_argument("--only", choices=["ko", "en"])
    parser.add_argument("--question")
    parser.add_argument("--run", help="a stored run instead of a new one; needs --only")
    parser.add_argument("--evaluation", help="a stored evaluation")
    given = parser.parse_args()
    if given.run is not None and given.only is None:
        parser.error("--run needs --only")
    options = ["--provider", "embedded"]
    options += [] if given.model is None else ["--model", given.model]
    options += [] if given.data_dir is None else ["--data-dir", given.data_dir]
    asyncio.run(record(load_settings(options, program="bench.record"), given))


if __name__ == "__main__":
    main()
