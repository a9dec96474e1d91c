"""What a judge is asked, and under which key its answer is kept."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from evals.suite.cases import Case, Language, Suite

# Compared with where the bad answer of an item meets the claim as well.
_OFF_TOPIC: Final[Mapping[Language, str]] = {
    "ko": "이 글은 질문을 다루지 않습니다.",
    "en": "This text does not deal with the question.",
}


class JudgeQuestion(NamedTuple):
    """One statement about one text, as a judge is told it."""

    question: str
    text: str
    statement: str


def questions_about(case: Case, texts: Iterable[str]) -> Iterator[JudgeQuestion]:
    """Yield all that a judge has to read for texts of one item, what it is compared with first.

    All statements about a text follow one another, always in the same order, so that each is read along the same path
    through the KV cache.
    """
    judged = [criterion for criterion in case.criteria if criterion.check is None]
    good, bad = anchors_of(case)
    plan = [(good, judged), (bad, [one for one in judged if not one.bad_passes])]
    plan += [(neutral_anchor(case.language), [one for one in judged if one.bad_passes])]
    plan += [(text, judged) for text in texts]
    for text, criteria in plan:
        for criterion in criteria:
            yield JudgeQuestion(case.question, text, criterion.claim)


def anchors_of(case: Case) -> tuple[str, str]:
    """Return the good and the bad answer that answers to a judged case are compared with.

    Without `good` it is the reference, without `bad` a text that meets no claim.
    """
    good = case.reference if case.good is None else case.good
    assert good is not None, "a case with criteria has one of them"
    return good, neutral_anchor(case.language) if case.bad is None else case.bad


def neutral_anchor(language: Language | None) -> str:
    """Return a text that meets no claim of any item."""
    return _OFF_TOPIC["ko" if language == "ko" else "en"]


def yes_no_key(question: str, text: str, statement: str) -> str:
    """Return the key of what a judge said: the hash of all that it was told beside its own wording."""
    return hashlib.sha256(json.dumps([question, text, statement]).encode()).hexdigest()


def question_count(suite: Suite, answers: int) -> int:
    """Return how often a judge is asked at most about so many answers to each item, its anchors included."""
    judged = (case for case in suite.cases if case.is_judged)
    return sum(len(list(questions_about(case, [""] * answers))) for case in judged)


def questions_to_judge(evaluation: Evaluation, attempts: Iterable[Attempt]) -> list[JudgeQuestion]:
    """Return all that a judge has to read, texts of one item together."""
    texts: dict[str, list[str]] = {}
    for attempt in attempts:
        case = evaluation.case(attempt.trial.case_id)
        if case.is_judged and attempt.is_answer:
            texts.setdefault(case.id, []).append(attempt.text)
    return [
        asked for case in evaluation.suite.cases if case.id in texts for asked in questions_about(case, texts[case.id])
    ]
