"""The commands that ask models: run and resume."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Final

from evals.analysis.summary import summary_of
from evals.cli.outcome import USAGE, printed
from evals.records.evaluation import Evaluation, entry_key, split_entry
from evals.records.expected import Expected
from evals.records.progress import Progress
from evals.report.refusals import reading_sentence
from evals.report.sentences import proves_sentence
from evals.run.service import Evaluations
from evals.suite.cases import open_suite
from llmfirst import AnswerSettings, ModelMissing, Services, Settings, SetupError, open_services, visible

_READINGS_A_LINE: Final = 25


def run(given: argparse.Namespace, settings: Settings) -> int:
    loaded = open_suite(given.suite)
    suite = loaded.suite
    if reading := reading_sentence(loaded.reading, "en"):
        sys.stderr.write(f"{reading}\n")

    async def planned(services: Services, evaluations: Evaluations) -> Evaluation:
        names: list[str | None] = given.models or [settings.model]
        entries = [(None, AnswerSettings()) if name is None else split_entry(name) for name in names]
        models = [await model_key(services, name) for name, _ in entries]
        keys = [entry_key(model, told.think, told) for model, (_, told) in zip(models, entries, strict=True)]
        judge = judge_key(given.judge, models[0], evaluations)
        sys.stderr.write(f"{proves_sentence(suite, judge is not None, 'en')}\n")
        return await evaluations.plan(suite, keys, judge, repeats=given.repeats, mode=given.mode)

    return asyncio.run(_carried_out(given, settings, planned, by_second=given.by_second))


def value(given: argparse.Namespace, settings: Settings) -> int:
    async def found(_: Services, evaluations: Evaluations) -> Evaluation:
        return await asyncio.to_thread(evaluations.archive.load, given.evaluation)

    return asyncio.run(_carried_out(given, settings, found, by_second=True))


def resume(given: argparse.Namespace, settings: Settings) -> int:
    async def found(services: Services, evaluations: Evaluations) -> Evaluation:
        evaluation = await asyncio.to_thread(evaluations.archive.load, given.evaluation)
        for model in evaluation.models:
            await services.models.choose(model.model, services.store.last_model)
        return evaluation

    return asyncio.run(_carried_out(given, settings, found, retry_errors=given.retry_errors))


async def _carried_out(
    given: argparse.Namespace,
    settings: Settings,
    plan: Callable[[Services, Evaluations], Coroutine[Any, Any, Evaluation]],
    *,
    retry_errors: bool = False,
    by_second: bool = False,
) -> int:
    async with open_services(settings) as services:
        evaluations = Evaluations(services)
        evaluation = await plan(services, evaluations)
        sys.stderr.write(f"evaluation {evaluation.evaluation_id}\n")
        archive = await asyncio.to_thread(evaluations.archive.beside, evaluation.evaluation_id)
        if by_second:
            await evaluations.judge_moments(evaluation, owner=archive.writes_as)
        else:
            await evaluations.begin(evaluation, owner=archive.writes_as, retry_errors=retry_errors)
        last = await followed(evaluations, evaluation.evaluation_id)
        summary = await asyncio.to_thread(summary_of, archive, evaluation)
    code = printed(given, summary)
    if last is not None and last.stage == "failed":
        sys.stderr.write(f"error: {last.error} Go on with: python -m evals resume {evaluation.evaluation_id}\n")
        return USAGE
    return code


async def followed(evaluations: Evaluations, evaluation_id: str) -> Progress | None:
    """Print the progress until the evaluation or calibration ends; return its last progress."""
    telling = asyncio.create_task(_tell(evaluations, evaluation_id))
    try:
        await evaluations.wait()
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await evaluations.stop()
    return evaluations.progress(evaluation_id)


async def _tell(evaluations: Evaluations, evaluation_id: str) -> None:
    """Print the progress at each stage, at each answer, and after every 25 readings."""
    told: tuple[object, ...] = ()
    while True:
        news = asyncio.create_task(evaluations.news())
        try:
            progress = evaluations.progress(evaluation_id)
            if progress is not None:
                now = (progress.stage, progress.answered, progress.judged // _READINGS_A_LINE)
                if now != told:
                    sys.stderr.write(f"{visible(progress_line(progress))}\n")
                told = now
            await news
        finally:
            news.cancel()


def progress_line(progress: Progress) -> str:
    """Return the progress as one line."""
    left = "" if progress.left is None else _left(progress.left)
    counts = f"{progress.answered}/{progress.answers} answered, {progress.judged}/{progress.readings} judged"
    return f"{progress.stage.replace('_', ' ')}: {counts}{left}{'; ' if progress.now else ''}{progress.now}"


def _left(expected: Expected) -> str:
    low, high = (seconds / 60 for seconds in expected.range)
    return f", about {expected.seconds / 60:.0f} min left ({low:.0f} to {high:.0f})"


async def model_key(services: Services, name: str | None) -> str:
    """Return the key of a model named as `model` or `provider/model`; for None, of the model that answers now.

    The name of a model may begin like a provider (`openai/gpt-oss-20b`), so the whole name is looked up first.
    """
    models, last_model = services.models, services.store.last_model
    kind, _, rest = (name or "").partition("/")
    try:
        return (await models.choose(name, last_model)).offer.key
    except (ModelMissing, SetupError):  # embedded: a name with a slash is a path
        if kind not in ("ollama", "openai", "embedded"):
            raise
    return (await models.choose(rest, last_model)).offer.key


def judge_key(asked: str | None, model: str, evaluations: Evaluations) -> str | None:
    """Return the key of the judge for the option `--judge`; None for `none`."""
    match asked:
        case "none":
            return None
        case "same":
            return model
        case None:
            return evaluations.own_judge or model
        case _:
            return asked
