"""Reads an evaluation and all its results from the archive, as one value for page, report and command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from evals.analysis.human_labels import Labelling, LabelsByPerson, labelling
from evals.analysis.scorecard import Scorecard, scorecards
from evals.analysis.trust import NO_EVIDENCE, Belief, JudgeEvidence, belief_in, believed
from evals.analysis.value import Stood, ValueAt, value_of
from evals.calibration.answers import judged_languages
from evals.calibration.canaries import canaries_passed
from evals.calibration.shipped import calibrations
from evals.judge.judged_answers import JudgedAnswer, judge_answers
from evals.records.archive import Archive
from evals.records.captions import NO_CAPTION, Caption, caption_of
from evals.records.evaluation import Evaluation
from evals.records.opinions import YesNo
from llmfirst import Overhead


@dataclass(frozen=True)
class Summary:
    """An evaluation with its results so far. Scorecards and labelling are computed at first use."""

    evaluation: Evaluation
    answers: tuple[JudgedAnswer, ...]
    """In the order of the suite, with all verdicts of the judge, trusted or not."""
    evidence: JudgeEvidence = NO_EVIDENCE
    """How far the judge can be trusted."""
    labels: LabelsByPerson = field(default_factory=dict)
    given_up: int = 0
    """The number of answers that were interrupted before they ended."""
    overhead: Overhead | None = None
    """The time that the harness adds to each measured time."""
    is_baseline: bool = False
    """Whether this evaluation is the baseline of its suite."""
    caption: Caption = NO_CAPTION
    """What people call it, and their notes."""
    labelled_cuts: Mapping[float, Labelling] = field(default_factory=dict)
    """The results of people's labels on the answers as they stood at a moment, where there are any."""
    stood: Stood = field(default_factory=dict)
    """The answers as they stood at the moments at which they are to be judged, besides at their end."""

    @cached_property
    def scorecards(self) -> tuple[Scorecard, ...]:
        """The scorecard of each model, in the order of the evaluation."""
        return scorecards(self.evaluation, self.answers, self.evidence)

    @cached_property
    def believed(self) -> tuple[JudgedAnswer, ...]:
        """The answers for figures and comparisons, without verdicts that cannot be trusted."""
        return believed(self.answers, {card.model for card in self.scorecards if card.quality.trust == "measured"})

    @cached_property
    def labelling(self) -> Labelling:
        """The results of people's labels on the answers."""
        return labelling(self.answers, self.labels)

    @cached_property
    def value(self) -> tuple[ValueAt, ...]:
        """What the answers are worth at each moment, the end last; empty if no moment was asked for."""
        return value_of(self.evaluation, {**self.stood, None: self.answers}, self.evidence) if self.stood else ()

    def labelling_at(self, cut_seconds: float | None) -> Labelling:
        """Return the results of people's labels on the whole answers, or on the answers as they stood at a moment."""
        return self.labelling if cut_seconds is None else self.labelled_cuts.get(cut_seconds, Labelling((), ()))

    @property
    def belief(self) -> Belief:
        """How far the verdicts on all models together can be trusted."""
        trusts = (card.quality.trust for card in self.scorecards)
        return belief_in(trusts, is_labelled=bool(self.labelling.people))

    def believed_of(self, model: str) -> tuple[JudgedAnswer, ...]:
        """Return the answers of one model for comparisons, without verdicts that cannot be trusted."""
        return tuple(answer for answer in self.believed if answer.model == model)


def summary_of(archive: Archive, evaluation: Evaluation) -> Summary:
    """Return an evaluation with its results so far. Blocks its thread."""
    recorded = archive.recorded(evaluation.evaluation_id)
    readings: Mapping[str, YesNo] = {}
    evidence = NO_EVIDENCE
    if evaluation.judge is not None:
        readings = archive.readings(evaluation.judge)
        canaries = archive.readings(evaluation.judge, canaries_of=evaluation.evaluation_id)
        evidence = JudgeEvidence(
            calibrations(evaluation.judge, readings), canaries_passed(canaries, judged_languages(evaluation.suite))
        )

    def judged_at(seconds: float) -> tuple[JudgedAnswer, ...]:
        return judge_answers(evaluation, [one.stood_at(seconds) for one in recorded.attempts], readings)

    cuts = {label.cut_seconds for label in archive.human_labels() if label.cut_seconds is not None}
    by_people = {seconds: labelling(judged_at(seconds), archive.labels(seconds)) for seconds in sorted(cuts)}
    return Summary(
        evaluation=evaluation,
        answers=judge_answers(evaluation, recorded.attempts, readings),
        evidence=evidence,
        labels=archive.labels(),
        given_up=recorded.given_up,
        overhead=recorded.overhead,
        is_baseline=archive.baseline(evaluation.suite.name) == evaluation.evaluation_id,
        caption=caption_of(archive, evaluation.evaluation_id),
        labelled_cuts={seconds: found for seconds, found in by_people.items() if found.people},
        stood={seconds: judged_at(seconds) for seconds in sorted(archive.moments(evaluation.evaluation_id))},
    )
