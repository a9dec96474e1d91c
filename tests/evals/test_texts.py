"""Every name of ours has a word in both languages, and no text is unused."""

from typing import Any, get_args, get_type_hints

import pytest

from evals.analysis.compare import ComparedMetric, ComparedVerdict
from evals.analysis.export_file import ExchangeError
from evals.analysis.rows import Grouping
from evals.analysis.target_checks import Finding, Reason, TargetName
from evals.analysis.trust import NO_EVIDENCE, Trust
from evals.judge.judge import JudgeRefused
from evals.judge.verdicts import Cause, ItemVerdict
from evals.records.archive import EvaluationUnknown, EvaluationUnreadable
from evals.records.attempts import Attempt
from evals.records.evaluation import Mode, TooManyAnswers
from evals.report.export import COLUMNS
from evals.report.trust_card import trust_card
from evals.run.runner import EvaluationBroken, InterruptedTooOften, ThinkRefused
from evals.run.service import BusyForAnother, EvaluationBusy, EvaluationFault, NotJudged, OtherJudge, SessionBusy
from evals.sessions.archive import SessionUnknown, SessionUnreadable
from evals.sessions.decks import DeckUnknown
from evals.sessions.service import SessionRefused
from evals.suite.apart import FileTooHeavy
from evals.suite.cases import CheckName, Language
from evals.texts import Texts, TimeName, texts_in
from evals.ui.render import refusal_html
from llmfirst import ModelMissing, ProviderError
from llmfirst.errors import ModelUnusable, NotReady, QuestionRefused, StoreUnavailable
from llmfirst.events import Outcome
from llmfirst.texts import SharedTexts
from llmfirst.texts.tables import TextTable
from tests.evals.report.made import LANGUAGES
from tests.texts import fields_of, texts_of, unused

TABLES: dict[str, Any] = {
    "findings": Finding,
    "reasons": Reason,
    "targets": TargetName,
    "trust": Trust,
    "trust_meaning": Trust,
    "items": ItemVerdict,
    "causes": Cause,
    "checks": CheckName,
    "modes": Mode,
    "comparisons": ComparedVerdict,
    "languages": Language,
    "groupings": Grouping,
    "times": TimeName,
}
REFUSALS = (
    BusyForAnother,
    DeckUnknown,
    EvaluationBroken,
    EvaluationBusy,
    EvaluationFault,
    EvaluationUnknown,
    EvaluationUnreadable,
    ExchangeError,
    FileTooHeavy,
    InterruptedTooOften,
    JudgeRefused,
    ModelMissing,
    ModelUnusable,
    NotJudged,
    NotReady,
    OtherJudge,
    ProviderError,
    QuestionRefused,
    SessionBusy,
    SessionRefused,
    SessionUnknown,
    SessionUnreadable,
    StoreUnavailable,
    ThinkRefused,
    TooManyAnswers,
)
TEMPLATES: dict[str, dict[str, type[TextTable]]] = {
    f"evals/report/{name}.html.j2": {"texts": Texts, "shared": SharedTexts}
    for name in (
        "page",
        "parts",
        "answer",
        "answers",
        "answer_filters",
        "comparison",
        "scorecards",
        "people",
        "judge_card",
        "value",
        "session",
        "figure_head",
        "standings_verdict",
        "standings_entrants",
        "standings_details",
        "standings_legend",
        "standings_sources",
    )
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_a_word_for_every_name_and_no_other(table: str, language: Language) -> None:
    words: dict[str, str] = getattr(texts_in(language).names, table)
    assert set(words) == set(get_args(TABLES[table]))
    assert all(words.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_one_table_differ(language: Language) -> None:
    for name in TABLES:
        words = list(getattr(texts_in(language).names, name).values())
        assert len(set(words)) == len(words), name


def test_what_is_compared_and_timed_has_a_word() -> None:
    assert (
        {*get_args(ComparedMetric)} - {*get_args(TargetName)} - {"on_time_and_passed"}
        == {"first_token"}
        <= {*get_args(TimeName)}
    )
    assert set(get_args(TimeName)) <= COLUMNS.keys()


def test_texts_that_speak_of_another_text_use_its_words_in_korean() -> None:
    texts, card = texts_in("ko"), trust_card(NO_EVIDENCE, "ko")
    assert texts.common.criteria in texts.figures.criteria_passed
    assert texts.names.targets["quality"] in texts.figures.quality
    assert texts.common.labels in texts.figures.labelled
    for told in (*texts.figures.ways_on.values(), card[-1], texts.names.trust_meaning["not_trustworthy"]):
        assert f"‘{texts.label_mode.open}’" in told
    assert f"‘{texts.tab.check}’" in texts.figures.ways_on["unproven"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_of_an_attempt_has_a_word(language: Language) -> None:
    assert set(texts_in(language).names.outcomes) == {*get_args(Outcome), "failed"}
    assert {inner for one in get_args(get_type_hints(Attempt)["outcome"]) for inner in get_args(one)} == {
        *get_args(Outcome),
        "failed",
    }


def test_both_languages_fill_the_same_names_into_a_text() -> None:
    korean, english = dict(texts_of(texts_in("ko").model_dump())), dict(texts_of(texts_in("en").model_dump()))
    assert {place for place in korean if not place.startswith(".tab.refusals")} == set(english)
    for place, text in english.items():
        assert text.strip(), place
        assert korean[place].strip(), place
        assert fields_of(korean[place]) == fields_of(text), place


def test_every_refusal_has_words_in_korean_and_the_most_exact_ones_are_taken() -> None:
    refusals = texts_in("ko").tab.refusals
    assert set(refusals) == {kind.__name__ for kind in REFUSALS}
    for kind in REFUSALS:
        error = kind.__new__(kind, "why")  # some take what the sentence is made of
        error.problem = None
        assert refusals[kind.__name__] in refusal_html(error, "ko")


def test_no_text_is_unused() -> None:
    assert unused(Texts, TEMPLATES) == set()
