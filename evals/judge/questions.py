"""The questions for the judge about an evaluation, and the keys under which its readings are stored."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from evals.suite.cases import Case, Language, Suite

# Replaces the bad answer as anchor of a criterion that the bad answer passes too.
_OFF_TOPIC: Final[Mapping[Language, str]] = {
    "ko": "이 글은 질문을 다루지 않습니다.",
    "en": "This text does not deal with the question.",
}


class JudgeQuestion(NamedTuple):
    """One statement about one answer to a question."""

    question: str
    text: str
    statement: str


def questions_about(case: Case, texts: Iterable[str]) -> Iterator[JudgeQuestion]:
    """Yield the questions for the judge about texts of one item, starting with the item's anchors.

    All statements about a text follow each other in the same order, because a reading can change with the state of the
    KV cache.
    """
    judged = [criterion for criterion in case.criteria if criterion.check is None]
    good, bad = anchors_of(case)
    plan = [(good, judged), (bad, [criterion for criterion in judged if not criterion.bad_passes])]
    plan += [(neutral_anchor(case.language), [criterion for criterion in judged if criterion.bad_passes])]
    plan += [(text, judged) for text in texts]
    for text, criteria in plan:
        for criterion in criteria:
            yield JudgeQuestion(case.question, text, criterion.claim)


def anchors_of(case: Case) -> tuple[str, str]:
    """Return the good and the bad answer with which answers to a judged case are compared.

    If the case has no `good`, the reference takes its place; if it has no `bad`, a text that fulfils no claim does.
    """
    good = case.reference if case.good is None else case.good
    assert good is not None, "a case with criteria has a good answer or a reference"
    return good, neutral_anchor(case.language) if case.bad is None else case.bad


def neutral_anchor(language: Language | None) -> str:
    """Return a text that fulfils no claim of any item; in English unless the language is Korean."""
    return _OFF_TOPIC["ko" if language == "ko" else "en"]


def yes_no_key(question: str, text: str, statement: str) -> str:
    """Return the key of a reading: the hash of everything in the prompt except the judge's fixed wording."""
    return hashlib.sha256(json.dumps([question, text, statement]).encode()).hexdigest()


def question_count(suite: Suite, answers: int) -> int:
    """Return how many questions the judge is asked at most about `answers` answers to each item, with the anchors."""
    judged = (case for case in suite.cases if case.is_judged)
    return sum(len(list(questions_about(case, [""] * answers))) for case in judged)


def questions_to_judge(
    evaluation: Evaluation, attempts: Iterable[Attempt], moments: Sequence[float] = ()
) -> list[JudgeQuestion]:
    """Return all questions for the judge about an evaluation, grouped by item.

    An answer is read as it stood at the first moment, at the later ones, and then whole. Each text begins like the one
    before it, so all of them share their prompt in the KV cache as far as they are equal.
    """
    texts: dict[str, list[str]] = {}
    for attempt in attempts:
        case = evaluation.case(attempt.trial.case_id)
        stood = [attempt.stood_at(seconds) for seconds in sorted(moments)]
        read = [one.text for one in (*stood, attempt) if case.is_judged and one.is_answer]
        if read:
            texts.setdefault(case.id, []).extend(dict.fromkeys(read))
    return [
        question
        for case in evaluation.suite.cases
        if case.id in texts
        for question in questions_about(case, texts[case.id])
    ]


def moment_questions(evaluation: Evaluation, attempts: Sequence[Attempt], moments: Sequence[float]) -> int:
    """Return how many questions about the answers at these moments come to those about the whole answers."""
    return len({*questions_to_judge(evaluation, attempts, moments)} - {*questions_to_judge(evaluation, attempts)})
