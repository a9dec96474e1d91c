"""The commands that only use a judge: calibrate, judge-pairs, judge-session, rank and judge-answers."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from evals.analysis.external_answers import (
    JudgedExternalAnswers,
    judge_external_answers,
    load_external_answers,
    questions_of,
)
from evals.analysis.ranking import ranked
from evals.analysis.summary import summary_of
from evals.analysis.trust import JudgeEvidence
from evals.calibration.answers import GOLD_LANGUAGES, GoldSet, load_gold
from evals.calibration.calibration import Calibration
from evals.calibration.shipped import calibrations, shipped_readings, to_ship
from evals.cli.outcome import CANNOT_TELL, JUDGE_NOT_TRUSTWORTHY, PASSED, USAGE
from evals.cli.running import followed, judge_key, model_key
from evals.judge.judge import Judge
from evals.judge.pairwise import LabelledPair, PairJudge, PairVerdict, Protocol, ahead, load_pairs, pairs_result
from evals.judge.queue import JudgeQueue, PauseGate
from evals.records.evaluation import JudgeCard
from evals.records.machine import this_machine
from evals.records.opinions import YesNo
from evals.report.judgement import judgement_lines
from evals.report.trust import answers_lines, calibration_lines, lead_line, pairs_lines, ranking_lines
from evals.report.trust_card import judge_name
from evals.run.service import Evaluations
from evals.sessions.archive import SessionArchive
from evals.sessions.judgement import Judgement
from evals.sessions.judging import JudgingStep, judge_votes
from evals.suite.cases import Language
from llmfirst import Services, Settings, SetupError, open_services

_PAIRS_A_LINE: Final = 5
_READINGS_A_LINE: Final = 25


def calibrate(given: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_calibrate(given, settings))


async def _calibrate(given: argparse.Namespace, settings: Settings) -> int:
    languages: tuple[Language, ...] = tuple(given.languages or GOLD_LANGUAGES)
    async with open_services(settings) as services:
        evaluations = Evaluations(services)
        key = await _judge_named(given, settings, evaluations, services, "a calibration needs a judge")
        card = await evaluations.judge_card(key)
        is_whole = given.whole or given.save is not None
        last = await followed(evaluations, await evaluations.begin_calibration(key, languages, is_whole=is_whole))
        readings = await asyncio.to_thread(evaluations.archive.readings, card)
        found = await asyncio.to_thread(calibrations, card, readings, languages)
        if given.save is not None:
            _save(given.save, card, [load_gold(language) for language in found], readings)
    if last is not None and last.stage == "failed":
        sys.stderr.write(f"error: {last.error} Start the same command again: nothing is asked twice.\n")
        return USAGE
    if given.json:
        sys.stdout.write(json.dumps(_json(card, found), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(f"{judge_name(card, 'en')}\n")
        for one in found.values():
            sys.stdout.write("\n".join(calibration_lines(one)) + "\n")
    if len(found) < len(languages):
        return CANNOT_TELL
    return PASSED if all(one.is_trustworthy for one in found.values()) else JUDGE_NOT_TRUSTWORTHY


def _save(folder: Path, card: JudgeCard, golds: Sequence[GoldSet], readings: Mapping[str, YesNo]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    machine = this_machine()
    measured_on = f"{machine.processor or machine.system}, {machine.cores} cores, {datetime.now(UTC):%Y-%m-%d}"
    for gold in golds:
        name = f"{card.model.replace('/', '_').replace(':', '_')}-{gold.language}.json"
        text = to_ship(card, gold, {**shipped_readings(card, gold), **readings}, measured_on)
        (folder / name).write_text(text, encoding="utf-8")


async def _judge_named(
    given: argparse.Namespace, settings: Settings, evaluations: Evaluations, services: Services, why: str
) -> str:
    """Return the key of the judge for a command. Raises SetupError, which begins with `why`, if there is none."""
    key = judge_key(given.judge, await model_key(services, settings.model), evaluations)
    if key is None:
        raise SetupError(f"{why}: name one with --judge provider/model.")
    return key


def judge_pairs(given: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_judge_pairs(given, settings))


async def _judge_pairs(given: argparse.Namespace, settings: Settings) -> int:
    pairs = load_pairs(given.file)
    async with open_services(settings) as services:
        evaluations = Evaluations(services)
        key = await _judge_named(given, settings, evaluations, services, "pairs need a judge")
        judge = PairJudge(await evaluations.judge(key), evaluations.archive)
        verdicts = await _compared(judge, pairs, given.protocol)
        others = None if given.against is None else await _compared(judge, pairs, given.against)
    result = pairs_result(verdicts)
    lead = None if others is None else ahead(verdicts, others)
    if given.json:
        told = asdict(result) | {
            "with_ties_as_half": result.with_ties_as_half,
            "ahead_of": None if lead is None else {given.against: asdict(lead)},
            "verdicts": [asdict(v) for v in verdicts],
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(pairs_lines(result, key, given.protocol)) + "\n")
        if others is not None:
            sys.stdout.write("\n".join(pairs_lines(pairs_result(others), key, given.against)) + "\n")
        if lead is not None:
            sys.stdout.write(lead_line(lead, given.protocol, given.against) + "\n")
    return PASSED


async def _compared(judge: PairJudge, pairs: Sequence[LabelledPair], protocol: Protocol) -> list[PairVerdict]:
    verdicts = []
    for number, pair in enumerate(pairs):
        if number % _PAIRS_A_LINE == 0:
            sys.stderr.write(f"{protocol}: {number}/{len(pairs)} pairs\n")
        verdicts.append(await judge.judge(pair, protocol))
    return verdicts


def rank(given: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_rank(given, settings))


async def _rank(given: argparse.Namespace, settings: Settings) -> int:
    async with open_services(settings) as services:
        evaluations = Evaluations(services)
        archive = await asyncio.to_thread(evaluations.archive.beside, given.evaluation)
        evaluation = await asyncio.to_thread(archive.load, given.evaluation)
        if len(evaluation.models) < 2:
            sys.stderr.write(f"error: {given.evaluation} has one model: a ranking needs two or more.\n")
            return USAGE
        key = await _judge_named(given, settings, evaluations, services, "a ranking needs a judge")
        judge = PairJudge(await evaluations.judge(key), archive)
        summary = await asyncio.to_thread(summary_of, archive, evaluation)
        found = await ranked(judge, summary.answers, given.protocol, _say)
    if given.json:
        told = asdict(found) | {"is_believed": found.is_believed}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(ranking_lines(found, key, given.protocol)) + "\n")
    if not found.is_believed:
        return JUDGE_NOT_TRUSTWORTHY
    return PASSED if found.strengths else CANNOT_TELL


def judge_session(given: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_judge_session(given, settings))


async def _judge_session(given: argparse.Namespace, settings: Settings) -> int:
    async with open_services(settings) as services:
        evaluations = Evaluations(services)
        archive = SessionArchive(evaluations.archive).beside(given.source)
        key = await _judge_named(given, settings, evaluations, services, "votes of a judge need a judge")
        found = await judged_session(given.source, archive, await evaluations.judge(key))
    if given.json:
        sys.stdout.write(found.model_dump_json(indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(judgement_lines(found, "en")) + "\n")
    return judgement_code(found)


async def judged_session(source: str, archive: SessionArchive, judge: Judge) -> Judgement:
    """Let a judge vote on the answers of a session or an evaluation, and print how far it is."""
    async with aclosing(judge_votes(source, PairJudge(judge, archive.evaluations), archive)) as steps:
        async for step in steps:
            if isinstance(step, JudgingStep) and step.read % _PAIRS_A_LINE == 0:
                _say(f"{step.read}/{step.total} pairs")
    assert isinstance(step, Judgement)
    return step


def judgement_code(found: Judgement) -> int:
    """Return the exit code for what a judge may decide."""
    if not found.pairs:
        return CANNOT_TELL
    return PASSED if found.may_decide else JUDGE_NOT_TRUSTWORTHY


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def judge_answers(given: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_judge_answers(given, settings))


async def _judge_answers(given: argparse.Namespace, settings: Settings) -> int:
    answers = load_external_answers(given.file)
    async with open_services(settings) as services:
        evaluations = Evaluations(services)
        key = await _judge_named(given, settings, evaluations, services, "answers need a judge")
        judge, archive = await evaluations.judge(key), evaluations.archive
        judging = JudgeQueue(archive, judge, PauseGate(services.runs))
        left = await judging.left(questions_of(answers))
        await judging.read_all(left, lambda number: _say_readings(number, len(left)), lambda: None)
        readings = await asyncio.to_thread(archive.readings, judge.card)
        known = JudgeEvidence(await asyncio.to_thread(calibrations, judge.card, readings))
        found = judge_external_answers(answers, readings, known)
    if given.json:
        sys.stdout.write(json.dumps(_answers_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(answers_lines(found, key)) + "\n")
    return {"measured": PASSED, "not_trustworthy": JUDGE_NOT_TRUSTWORTHY}.get(found.trust, CANNOT_TELL)


def _say_readings(number: int, total: int) -> None:
    if number % _READINGS_A_LINE == 0:
        sys.stderr.write(f"{number}/{total} readings\n")


def _answers_json(found: JudgedExternalAnswers) -> dict[str, Any]:
    return {
        "trust": found.trust,
        "passed": asdict(found.passed),
        "abstained": found.abstained,
        "rates": {language: asdict(rate) for language, rate in found.rates.items()},
        "answers": [
            {
                "question": one.given.question,
                "item": one.item,
                "to_the_judge": one.to_the_judge,
                "criteria": {place: verdict.model_dump(mode="json") for place, verdict in one.verdicts.items()},
            }
            for one in found.answers
        ],
    }


def _json(card: JudgeCard, found: dict[Language, Calibration]) -> dict[str, Any]:
    return {
        "judge": card.model_dump(mode="json"),
        "languages": {
            language: asdict(one) | {"is_trustworthy": one.is_trustworthy, "rules": [_rule(rule) for rule in one.rules]}
            for language, one in found.items()
        },
    }


def _rule(rule: Any) -> dict[str, Any]:
    return asdict(rule) | {"holds": rule.holds}
