"""What a calibration says of a judge, for a terminal. Pure."""

from collections.abc import Iterator
from typing import Final

from evals.analysis.external_answers import JudgedExternalAnswers
from evals.analysis.ranking import Ranking
from evals.calibration.calibration import Calibration
from evals.judge.pairwise import PairsResult, Protocol
from evals.judge.verdicts import Decided, Scored, Unscored, Verdict
from evals.report.sentences import trust_meaning
from evals.texts import texts_in
from llmfirst import Confusion, Difference, Proportion

_QUESTION_CHARACTERS: Final = 80


def calibration_lines(found: Calibration) -> Iterator[str]:
    """Yield a calibration as lines of English text."""
    trust = "trustworthy" if found.is_trustworthy else "NOT TRUSTWORTHY"
    yield f"{found.language}: {trust}; {found.decided} of {found.answers} gold answers decided"
    yield from _both("as an evaluation counts it", found.confusion)
    yield from _both("judge alone", found.judge_alone)
    for name, one in (("AUC", found.auc), ("AUC of length alone", found.length)):
        if one is not None:
            yield f"  {name} {one.area:.3f} ({one.interval.low:.3f} to {one.interval.high:.3f})"
    if found.kappa is not None:
        interval = found.kappa.interval
        yield f"  kappa {found.kappa.value:.2f} ({interval.low:.2f} to {interval.high:.2f}), n={found.kappa.pairs}"
    for defect, passed in sorted(found.passed_bad.items()):
        yield f"  {defect}: passed {passed.passed} of {passed.total} bad answers"
    for rule in found.rules:
        value = "not measured" if rule.value is None else f"{rule.value:.3f}"
        state = "holds" if rule.holds else "BROKEN"
        yield f"  {state}: {rule.name.replace('_', ' ')} {value}, needed {rule.target:.2f}"


def pairs_lines(found: PairsResult, judge: str, protocol: Protocol) -> Iterator[str]:
    """Yield what a judge made of labelled pairs as lines of English text; a tie is not right."""
    yield f"{judge}, protocol {protocol}: accuracy {_share(found.accuracy)}, {found.ties} undecided"
    if found.with_ties_as_half is not None:
        yield f"  undecided as half right: {found.with_ties_as_half:.3f}; of the decided: {_share(found.decided)}"
    for place, name in ((1, "first"), (2, "second")):
        yield f"  where the better output stands {name}: {_share(found.by_position[place])}"


def lead_line(lead: Difference, protocol: Protocol, other: Protocol) -> str:
    """Return by how much a protocol is ahead of another as a line of English text."""
    ends = "" if lead.interval is None else f" ({lead.interval.low:+.2f} to {lead.interval.high:+.2f})"
    said = lead.verdict(smaller_is_better=False)
    return f"{protocol} less {other}, undecided as half right: {lead.mean:+.2f}{ends}, n={lead.pairs}: {said}"


def ranking_lines(found: Ranking, judge: str, protocol: Protocol) -> Iterator[str]:
    """Yield who answers better as lines of English text; no strength by a judge that chooses no better than a coin."""
    yield f"{judge}, protocol {protocol}, finds the good one of two gold answers: {_share(found.tried.accuracy)}"
    if not found.is_believed:
        yield "  That is not surely more often than a coin: who answers better is not said. Choose a better judge."
        return
    for one in found.strengths:
        ends = "" if one.interval is None else f" ({one.interval.low:+.2f} to {one.interval.high:+.2f})"
        yield f"  {one.name}: {one.value:+.2f}{ends} log-odds against one of mean strength, {one.contests} meetings"
    yield f"  undecided: {found.undecided}; left to a person, who decides what talks to the judge: {found.left_out}"


def answers_lines(found: JudgedExternalAnswers, judge: str) -> Iterator[str]:
    """Yield what a judge made of answers as lines of English text; a rate only by a judge that can be believed."""
    words = texts_in("en").names
    yield f"{judge}: {words.trust[found.trust]}. {trust_meaning(found.trust, found.unanchored, 'en')}"
    for language, rate in found.rates.items():
        ends = f"{rate.interval.low:.2f} to {rate.interval.high:.2f}"
        yield f"  {language}: {rate.value:.2f} ({ends}) of the answers are good, corrected for the judge's errors"
    for number, one in enumerate(found.answers, start=1):
        flagged = " (talks to the judge)" if one.to_the_judge else ""
        yield f"  {number}. {one.item}{flagged}: {one.given.question.splitlines()[0][:_QUESTION_CHARACTERS]}"
        for place, verdict in one.verdicts.items():
            yield f"     {_said(verdict)}: {one.given.criteria[place].claim}"


def _said(verdict: Verdict) -> str:
    match verdict:
        case Scored(passed=passed) | Decided(passed=passed):
            return "passed" if passed else "failed"
        case Unscored(cause=cause):
            return texts_in("en").names.causes[cause]


def _both(name: str, confusion: Confusion) -> Iterator[str]:
    yield f"  {name}: sensitivity {_share(confusion.sensitivity)}, specificity {_share(confusion.specificity)}"


def _share(found: Proportion) -> str:
    if found.rate is None or found.interval is None:
        return "not measured"
    ends = f"{found.interval.low:.2f} to {found.interval.high:.2f}"
    return f"{found.rate:.2f} ({ends}, {found.passed} of {found.total})"
