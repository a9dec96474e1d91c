"""Says what a judge may decide of the pairs that people vote on. Pure."""

from collections.abc import Iterator

from evals.report.numbers import share
from evals.sessions.judgement import JudgedLanguage, Judgement
from evals.sessions.judging import MOST_WRONG
from evals.suite.cases import Language
from evals.texts import texts_in


def judgement_sentence(judgement: Judgement, language: Language) -> str:
    """Return how much the judge decides and how much of that may be wrong, or that it cannot decide."""
    texts = texts_in(language).judging
    if not judgement.pairs:
        return texts.no_pairs.format(judge=judgement.judge)
    if not judgement.may_decide:
        return f"{texts.cannot.format(judge=judgement.judge, most=_most(language))} {texts.what_to_do}"
    if not judgement.decided:
        return texts.decides_nothing.format(judge=judgement.judge, pairs=judgement.pairs)
    return texts.decides.format(
        judge=judgement.judge,
        decided=judgement.decided,
        pairs=judgement.pairs,
        share=share(judgement.decided / judgement.pairs, language),
        most=_most(language),
    )


def judgement_lines(judgement: Judgement, language: Language) -> Iterator[str]:
    """Yield the sentence, on which pairs it was found in each language, and what is left to people."""
    texts = texts_in(language).judging
    yield judgement_sentence(judgement, language)
    if judgement.is_self_judged:
        yield self_judged_sentence(judgement.judge, language)
    for one in judgement.languages:
        said = [_learnt(one, language), _threshold(one, language)]
        if one.pairs:
            said.append(texts.here.format(decided=one.decided, pairs=one.pairs))
        yield " ".join(said)
    if judgement.left_to_people:
        yield texts.left_to_people.format(count=judgement.left_to_people)


def self_judged_sentence(judge: str, language: Language) -> str:
    """Return what is to be thought of a judge that compares its own answers with others."""
    texts = texts_in(language)
    return f"{texts.names.self_judged}: {texts.judging.own_answers.format(judge=judge)}"


def _learnt(one: JudgedLanguage, language: Language) -> str:
    return texts_in(language).judging.learnt.format(
        language=texts_in(language).names.languages[one.language],
        right=one.right,
        known=one.gold + one.voted,
        gold=one.gold,
        voted=one.voted,
    )


def _threshold(one: JudgedLanguage, language: Language) -> str:
    texts = texts_in(language).judging
    if one.threshold is None:
        return texts.no_threshold.format(most=_most(language))
    return texts.threshold.format(sure=one.sure, wrong=one.sure_wrong)


def _most(language: Language) -> str:
    return share(MOST_WRONG, language).replace(".0", "")
