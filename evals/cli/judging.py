"""Commands about the judge itself: calibrate."""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

from evals.cases import Language
from evals.cli.outcome import CANNOT_TELL, JUDGE_NOT_TRUSTWORTHY, PASSED, USAGE
from evals.cli.running import followed, judge_key, model_key
from evals.gold.answers import GOLD_LANGUAGES, load_gold
from evals.gold.calibration import Calibration
from evals.gold.calibrator import calibrations
from evals.records import JudgeCard
from evals.report.trust import calibration_lines
from evals.service import Evaluations
from llmfirst.settings import Settings
from llmfirst.workbench import open_workbench


def calibrate(given: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_calibrate(given, settings))


async def _calibrate(given: argparse.Namespace, settings: Settings) -> int:
    languages: tuple[Language, ...] = tuple(given.languages or GOLD_LANGUAGES)
    golds = [load_gold(language) for language in languages]
    async with open_workbench(settings) as bench:
        evaluations = Evaluations(bench)
        key = judge_key(given.judge, await model_key(bench, settings.model), evaluations)
        if key is None:
            sys.stderr.write("error: a calibration needs a judge: name one with --judge provider/model.\n")
            return USAGE
        card = await evaluations.judge_card(key)
        last = await followed(evaluations, await evaluations.begin_calibration(key, languages))
        found = await asyncio.to_thread(calibrations, evaluations.archive, card, golds)
    if last is not None and last.stage == "failed":
        sys.stderr.write(f"error: {last.message} Start the same command again: nothing is asked twice.\n")
        return USAGE
    if given.json:
        sys.stdout.write(json.dumps(_json(card, found), ensure_ascii=False, indent=2) + "\n")
    else:
        for one in found.values():
            sys.stdout.write("\n".join(calibration_lines(one)) + "\n")
    if len(found) < len(languages):
        return CANNOT_TELL
    return PASSED if all(one.is_trustworthy for one in found.values()) else JUDGE_NOT_TRUSTWORTHY


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
