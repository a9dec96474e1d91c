"""An evaluation with all that came of it so far: read from the archive once, and handed to whoever shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from evals.analysis.human_labels import Labelling, LabelsByPerson, labelling
from evals.analysis.scorecard import Scorecard, scorecards
from evals.analysis.trust import NO_EVIDENCE, Belief, JudgeEvidence, belief_in, believed
from evals.calibration.answers import judged_languages
from evals.calibration.canaries import canaries_passed
from evals.calibration.shipped import calibrations
from evals.judge.judged_answers import JudgedAnswer, judge_answers
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from evals.records.opinions import YesNo
from llmfirst import Overhead


@dataclass(frozen=True)
class Summary:
    """An evaluation with all that came of it so far; what can be derived is derived when it is asked for."""

    evaluation: Evaluation
    answers: tuple[JudgedAnswer, ...]
    """In the order of the suite, with all that the judge said of them, believed or not."""
    evidence: JudgeEvidence = NO_EVIDENCE
    """What is known of the judge."""
    labels: LabelsByPerson = field(default_factory=dict)
    given_up: int = 0
    """How many answers were begun and asked again because something disturbed them."""
    overhead: Overhead | None = None
    """What the harness adds to a time."""
    is_baseline: bool = False
    """Whether this is the approved evaluation of its suite."""

    @cached_property
    def scorecards(self) -> tuple[Scorecard, ...]:
        """The scorecard of each model, in the order of the evaluation."""
        return scorecards(self.evaluation, self.answers, self.evidence)

    @cached_property
    def believed(self) -> tuple[JudgedAnswer, ...]:
        """The same answers as figures and comparisons may show them: without verdicts that are not believed."""
        return believed(self.answers, {card.model for card in self.scorecards if card.quality.trust == "measured"})

    @cached_property
    def labelling(self) -> Labelling:
        """What people said of the answers."""
        return labelling(self.answers, self.labels)

    @property
    def belief(self) -> Belief:
        """What the verdicts on all models together are worth."""
        trusts = (card.quality.trust for card in self.scorecards)
        return belief_in(trusts, is_labelled=bool(self.labelling.people))

    def believed_of(self, model: str) -> tuple[JudgedAnswer, ...]:
        """Return the answers of one model as comparisons may show them."""
        return tuple(one for one in self.believed if one.model == model)


def summary_of(archive: Archive, evaluation: Evaluation) -> Summary:
    """Return what came of an evaluation so far; blocks."""
    recorded = archive.recorded(evaluation.evaluation_id)
    readings: Mapping[str, YesNo] = {}
    evidence = NO_EVIDENCE
    if evaluation.judge is not None:
        readings = archive.readings(evaluation.judge)
        canaries = archive.readings(evaluation.judge, canaries_of=evaluation.evaluation_id)
        evidence = JudgeEvidence(
            calibrations(evaluation.judge, readings), canaries_passed(canaries, judged_languages(evaluation.suite))
        )
    return Summary(
        evaluation=evaluation,
        answers=judge_answers(evaluation, recorded.attempts, readings),
        evidence=evidence,
        labels=archive.labels(),
        given_up=recorded.given_up,
        overhead=recorded.overhead,
        is_baseline=archive.baseline(evaluation.suite.name) == evaluation.evaluation_id,
    )
