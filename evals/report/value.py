"""Says in one sentence which model is ahead when a reader stops, and has the table behind it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from evals.analysis.summary import Summary
from evals.analysis.trust import belief_in
from evals.analysis.value import ModelAt, ValueAt
from evals.report.numbers import share, share_range, whole
from evals.report.people import labelling_sentences
from evals.suite.cases import Language
from evals.texts import ValueTexts, texts_in


@dataclass(frozen=True)
class ValueCell:
    """One model at one moment."""

    value: str
    small: str


@dataclass(frozen=True)
class ValueView:
    """What answers are worth to a reader who stops, in words and as a table."""

    sentence: str
    """Empty if the judge was not asked about any moment."""
    models: tuple[str, ...]
    rows: tuple[tuple[str, tuple[ValueCell, ...]], ...]
    """The moments, each with a cell for each model."""
    people: tuple[tuple[str, tuple[str, ...]], ...]
    """What people's labels come to, by moment."""
    method: str
    """How the sentence was found; empty without one."""


def value_view(summary: Summary, language: Language) -> ValueView | None:
    """Return the view; None if neither a judge nor people were asked about answers as they stood at a moment."""
    words, moments = texts_in(language).value, summary.value
    if not moments and not summary.labelled_cuts:
        return None
    return ValueView(
        sentence=value_sentence(moments, language) if moments else "",
        models=tuple(model.key for model in summary.evaluation.models) if moments else (),
        rows=tuple((_name(one, language), tuple(_cell(model, language) for model in one.models)) for one in moments),
        people=tuple(
            (words.labelled.format(moment=whole(seconds, language)), tuple(labelling_sentences(found, language)))
            for seconds, found in summary.labelled_cuts.items()
        ),
        method=words.method if moments else "",
    )


def value_sentence(moments: Sequence[ValueAt], language: Language) -> str:
    """Return who is ahead when, and where that cannot be told; or why nothing can be told yet."""
    words = texts_in(language).value
    every = [model for one in moments for model in one.models]
    unread = sum(model.unread for model in every)
    if unread:
        return words.unread.format(count=unread)
    match belief_in((model.quality.trust for model in every), is_labelled=False).trust:
        case "unproven" | "not_trustworthy" as doubt:
            return words.doubt[doubt]
        case "not_measured":
            return words.not_judged
    tested = [one for one in moments if one.tests]
    if not tested:
        return words.all_ended if all(one.has_all_ended for one in moments[:-1]) else words.nothing_tested
    clauses = list(_clauses(tested, moments[-1], language))
    sentence = words.between.join(clauses)
    return f"{sentence[0].upper()}{sentence[1:]}."


def value_json(summary: Summary) -> list[dict[str, Any]]:
    """Return the moments as JSON-serializable values; `seconds` is null at the end."""
    return [
        {
            "seconds": one.seconds,
            "ahead": one.ahead,
            "models": [asdict(model) | {"rate": model.rate and asdict(model.rate)} for model in one.models],
            "tests": [asdict(test) | {"is_told": test.is_told} for test in one.tests],
        }
        for one in summary.value
    ]


def _clauses(tested: Sequence[ValueAt], end: ValueAt, language: Language) -> Iterator[str]:
    """Yield what can be told in the order of time, then where nothing can be told."""
    words, is_alone = texts_in(language).value, len(end.models) == 1
    told = [(one, _lead(one)) for one in tested]
    for lead, group in groupby((pair for pair in told if pair[1] is not None), key=lambda pair: pair[1]):
        moments = [one for one, _ in group]
        rates = words.comma.join(dict.fromkeys(_rates(one, end, lead, language) for one in moments))
        clause = words.ahead
        if is_alone:
            clause = words.less if lead == "" else words.more
        yield clause.format(when=_when(moments, language), model=lead, rates=rates)
    open_ones = [one for one, lead in told if lead is None]
    if open_ones:
        untold = words.no_difference if is_alone else words.untold
        yield untold.format(when=_when(open_ones, language))


def _lead(one: ValueAt) -> str | None:
    """Return the model that is ahead; of one model its name if the moment beats the end, "" if the end does."""
    if len(one.models) > 1:
        return one.ahead
    (test,) = one.tests
    if not test.is_told:
        return None
    return test.first if test.is_won_by(test.first) else ""


def _rates(one: ValueAt, end: ValueAt, lead: str | None, language: Language) -> str:
    """Return the rate of the model that is ahead against the best of the others; of one model, against its end."""
    rates = {model.model: model.rate.value for model in one.models if model.rate is not None}
    if len(one.models) == 1:
        first, second = rates[one.models[0].model], end.models[0].rate
        other = 0.0 if second is None else second.value
    else:
        first, other = rates[lead or ""], max(rate for model, rate in rates.items() if model != lead)
    return texts_in(language).value.rates.format(first=share(first, language), second=share(other, language))


def _when(moments: Sequence[ValueAt], language: Language) -> str:
    words = texts_in(language).value
    names = [whole(one.seconds, language) for one in moments if one.seconds is not None]
    several = words.last.join([words.comma.join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    if all(one.seconds is not None for one in moments):
        return words.stopped.format(moments=several)
    return words.either.format(moments=several) if names else words.to_end


def _name(one: ValueAt, language: Language) -> str:
    return texts_in(language).value.end if one.seconds is None else whole(one.seconds, language)


def _cell(one: ModelAt, language: Language) -> ValueCell:
    words = texts_in(language).value
    missing = [words.empty.format(count=one.empty)] if one.empty else []
    if one.unread:
        return ValueCell("–", words.to_read.format(count=one.unread))
    decided = one.quality.passed
    if one.rate is None:
        raw = words.raw.format(passed=decided.passed, decided=decided.total) if decided.total else "–"
        return ValueCell(raw, _joined(missing, words))
    interval = share_range(one.rate.interval, language)
    count = texts_in(language).common.count.format(count=decided.total)
    return ValueCell(share(one.rate.value, language), _joined([interval, count, *missing], words))


def _joined(parts: Sequence[str], words: ValueTexts) -> str:
    return words.comma.join(parts)
