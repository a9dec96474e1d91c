"""Stored evaluations, read: their answers with verdicts, the past ones of a suite, the report. Blocks its thread."""

from evals.archive import Archive
from evals.gold.answers import GOLD_LANGUAGES, load_gold
from evals.gold.calibration import Calibration
from evals.gold.calibrator import calibrations
from evals.gold.canaries import canaries_passed
from evals.human import labelling
from evals.records import Evaluation, JudgeCard
from evals.report.page import report_html
from evals.report.tables import TrendRow, trend_rows
from evals.results import Judged, judged
from evals.runner import judged_languages
from evals.scorecard import scorecards
from evals.trust import NOTHING_KNOWN, Known, believed
from llmfirst.events import Language


def results_of(archive: Archive, evaluation: Evaluation) -> tuple[Judged, ...]:
    """Return the answers so far with their verdicts."""
    attempts = archive.attempts(evaluation.evaluation_id)
    readings = {} if evaluation.judge is None else archive.readings(evaluation.judge)
    return judged(evaluation, attempts, readings)


def believed_of(archive: Archive, evaluation: Evaluation) -> tuple[Judged, ...]:
    """Return the answers so far, with verdicts only where the judge can be believed."""
    return believed(results_of(archive, evaluation), known_of(archive, evaluation))


def known_of(archive: Archive, evaluation: Evaluation) -> Known:
    """Return what is known of the judge of an evaluation."""
    if evaluation.judge is None:
        return NOTHING_KNOWN
    canaries = archive.readings(evaluation.judge, evaluation.evaluation_id)
    return Known(
        calibrations_of(archive, evaluation.judge),
        canaries_passed(canaries, judged_languages(evaluation.suite)),
    )


def calibrations_of(archive: Archive, judge: JudgeCard) -> dict[Language, Calibration]:
    """Return what a judge did on the gold sets that it has read whole, by language."""
    return calibrations(archive, judge, [load_gold(language) for language in GOLD_LANGUAGES])


def trend_of(archive: Archive, evaluation: Evaluation) -> tuple[TrendRow, ...]:
    """Return this evaluation and the earlier ones of the same suite, oldest first."""
    approved = archive.baseline(evaluation.suite.name)
    past = [
        one
        for one in reversed(archive.all())
        if one.suite.sha256 == evaluation.suite.sha256 and one.created_at <= evaluation.created_at
    ]
    return trend_rows(
        [
            (one, card, one.evaluation_id == approved)
            for one in past
            for card in scorecards(one, results_of(archive, one), known_of(archive, one))
        ]
    )


def report_of(archive: Archive, evaluation: Evaluation, language: Language) -> str:
    """Return the report of an evaluation as one HTML file."""
    results, known = results_of(archive, evaluation), known_of(archive, evaluation)
    return report_html(
        evaluation,
        scorecards(evaluation, results, known),
        results,
        believed(results, known),
        trend_of(archive, evaluation),
        language,
        given_up=archive.given_up(evaluation.evaluation_id),
        known=known,
        people=labelling(results, archive.labels()),
    )
