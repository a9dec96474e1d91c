"""Describes calibrations, labelled pairs, rankings and external answers in English lines for a terminal. Pure."""

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
    """Yield the results of a calibration."""
    trust = "trustworthy" if found.is_trustworthy else "NOT TRUSTWORTHY"
    yield f"{found.language}: {trust}; {found.decided} of {found.answers} gold answers decided"
    if found.ended != "whole":
        yield f"  certain after {found.answers} of {found.of_answers} gold answers; --whole reads the others too"
    yield _rates("as an evaluation counts it", found.confusion)
    yield _rates("judge alone", found.judge_alone)
    for name, auc in (("AUC", found.auc), ("AUC of length alone", found.length)):
        if auc is not None:
            yield f"  {name} {auc.area:.3f} ({auc.interval.low:.3f} to {auc.interval.high:.3f})"
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
    """Yield how often a judge was right about labelled pairs."""
    yield f"{judge}, protocol {protocol}: accuracy {_share(found.accuracy)}, {found.ties} undecided"
    if found.with_ties_as_half is not None:
        yield f"  undecided as half right: {found.with_ties_as_half:.3f}; of the decided: {_share(found.decided)}"
    for label, name in ((1, "first"), (2, "second")):
        yield f"  where the better output is {name}: {_share(found.by_position[label])}"


def lead_line(lead: Difference, protocol: Protocol, other: Protocol) -> str:
    """Return by how much one protocol is more often right than another."""
    ends = "" if lead.interval is None else f" ({lead.interval.low:+.2f} to {lead.interval.high:+.2f})"
    verdict = lead.verdict(smaller_is_better=False)
    return f"{protocol} minus {other}, undecided as half right: {lead.mean:+.2f}{ends}, n={lead.pairs}: {verdict}"


def ranking_lines(found: Ranking, judge: str, protocol: Protocol) -> Iterator[str]:
    """Yield the strengths of the models, or that the judge is not reliable enough to rank them."""
    yield f"{judge}, protocol {protocol}, accuracy on pairs of gold answers: {_share(found.tried.accuracy)}"
    if not found.is_believed:
        yield "  This is not reliably better than a coin, so there is no ranking. Choose a better judge."
        return
    for strength in found.strengths:
        interval = strength.interval
        ends = "" if interval is None else f" ({interval.low:+.2f} to {interval.high:+.2f})"
        yield f"  {strength.name}: {strength.value:+.2f}{ends} log-odds against the mean, {strength.contests} meetings"
    yield f"  undecided: {found.undecided}; left to a person because an answer talks to the judge: {found.left_out}"


def answers_lines(found: JudgedExternalAnswers, judge: str) -> Iterator[str]:
    """Yield the trust in the judge, the corrected pass rates if it is trusted, and the verdicts on each answer."""
    words = texts_in("en").names
    yield f"{judge}: {words.trust[found.trust]}. {trust_meaning(found.trust, found.unanchored, 'en')}"
    for language, rate in found.rates.items():
        ends = f"{rate.interval.low:.2f} to {rate.interval.high:.2f}"
        yield f"  {language}: {rate.value:.2f} ({ends}) of the answers are good, corrected for the judge's errors"
    for number, answer in enumerate(found.answers, start=1):
        flag = " (talks to the judge)" if answer.to_the_judge else ""
        yield f"  {number}. {answer.item}{flag}: {answer.given.question.splitlines()[0][:_QUESTION_CHARACTERS]}"
        for index, verdict in answer.verdicts.items():
            yield f"     {_word(verdict)}: {answer.given.criteria[index].claim}"


def _word(verdict: Verdict) -> str:
    match verdict:
        case Scored(passed=passed) | Decided(passed=passed):
            return "passed" if passed else "failed"
        case Unscored(cause=cause):
            return texts_in("en").names.causes[cause]


def _rates(name: str, confusion: Confusion) -> str:
    return f"  {name}: sensitivity {_share(confusion.sensitivity)}, specificity {_share(confusion.specificity)}"


def _share(found: Proportion) -> str:
    if found.rate is None or found.interval is None:
        return "not measured"
    ends = f"{found.interval.low:.2f} to {found.interval.high:.2f}"
    return f"{found.rate:.2f} ({ends}, {found.passed} of {found.total})"
