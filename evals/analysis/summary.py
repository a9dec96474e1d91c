"""Stored evaluations, read: their answers with verdicts, the past ones of a suite, the report. Blocks its thread."""

from evals.analysis.human_labels import labelling
from evals.analysis.rows import TrendRow, trend_rows
from evals.analysis.scorecard import scorecards
from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence, believed
from evals.calibration.answers import GOLD_LANGUAGES, judged_languages, load_gold
from evals.calibration.calibration import Calibration
from evals.calibration.calibrator import calibrations
from evals.calibration.canaries import canaries_passed
from evals.judge.judged_answers import JudgedAnswer, judge_answers
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation, JudgeCard
from evals.report.page import report_html
from llmfirst import Language


def results_of(archive: Archive, evaluation: Evaluation) -> tuple[JudgedAnswer, ...]:
    """Return the answers so far with their verdicts."""
    attempts = archive.attempts(evaluation.evaluation_id)
    readings = {} if evaluation.judge is None else archive.readings(evaluation.judge)
    return judge_answers(evaluation, attempts, readings)


def believed_of(archive: Archive, evaluation: Evaluation) -> tuple[JudgedAnswer, ...]:
    """Return the answers so far, with verdicts only where the judge can be believed."""
    return believed(results_of(archive, evaluation), known_of(archive, evaluation))


def known_of(archive: Archive, evaluation: Evaluation) -> JudgeEvidence:
    """Return what is known of the judge of an evaluation."""
    if evaluation.judge is None:
        return NO_EVIDENCE
    canaries = archive.readings(evaluation.judge, evaluation.evaluation_id)
    return JudgeEvidence(
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
