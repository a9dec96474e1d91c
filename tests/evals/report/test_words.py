"""Every name of ours has a word in both languages."""

from dataclasses import asdict
from string import Formatter
from typing import Any, get_args, get_type_hints

import pytest

from evals.analysis.compare import Change, ComparedMetric
from evals.analysis.target_checks import Finding, Reason, TargetName
from evals.analysis.trust import NO_EVIDENCE, Trust
from evals.judge.verdicts import Cause, ItemVerdict
from evals.plots.words import WORDS as FIGURE_WORDS
from evals.records.attempts import Attempt
from evals.records.evaluation import Mode
from evals.report.labels import LABELS
from evals.report.trust_card import trust_card
from evals.report.words import WORDS, ChangeKind
from evals.suite.cases import CheckName, Language
from evals.ui.label_texts import LABEL_TEXTS
from evals.ui.texts import TAB_TEXTS
from llmfirst.events import Outcome, Phase
from llmfirst.stats import Comparison
from tests.evals.report.made import LANGUAGES

TABLES: dict[str, Any] = {
    "findings": Finding,
    "reasons": Reason,
    "rows": TargetName,
    "trust": Trust,
    "trust_meaning": Trust,
    "items": ItemVerdict,
    "causes": Cause,
    "checks": CheckName,
    "modes": Mode,
    "phases": Phase,
    "measures": ComparedMetric,
    "comparisons": Comparison,
    "changes": ChangeKind,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_a_word_for_every_name_and_no_other(table: str, language: Language) -> None:
    words: dict[str, str] = getattr(WORDS[language], table)
    assert set(words) == set(get_args(TABLES[table]))
    assert all(words.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_one_table_differ(language: Language) -> None:
    for name in TABLES:
        words = list(getattr(WORDS[language], name).values())
        assert len(set(words)) == len(words), name


def test_tab_report_and_figures_call_the_same_thing_the_same_in_korean() -> None:
    tab, labels, figures, card = TAB_TEXTS["ko"], LABELS["ko"], FIGURE_WORDS["ko"], trust_card(NO_EVIDENCE, "ko")
    assert (tab.suite, tab.reference, tab.criteria) == (labels.suite, labels.reference, labels.criteria)
    assert (tab.plots, tab.is_baseline) == (labels.figures, figures.baseline)
    assert tab.criteria in figures.quality
    assert WORDS["ko"].items["passed"] in figures.of_all
    assert LABEL_TEXTS["ko"].title == labels.people
    for told in (*figures.ways_on.values(), card[-1], WORDS["ko"].trust_meaning["not_trustworthy"]):
        assert f"‘{LABEL_TEXTS['ko'].open}’" in told
    assert f"‘{tab.check}’" in figures.ways_on["unproven"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_of_an_attempt_has_a_word(language: Language) -> None:
    assert set(WORDS[language].outcomes) == {*get_args(Outcome), "failed"}
    assert {inner for one in get_args(get_type_hints(Attempt)["outcome"]) for inner in get_args(one)} == {
        *get_args(Outcome),
        "failed",
    }


def test_a_change_has_no_kind_without_a_word() -> None:
    assert get_args(get_type_hints(vars(Change)["kind"].fget)["return"]) == get_args(ChangeKind)


def test_both_languages_label_the_same_things_with_the_same_figures() -> None:
    korean, english = asdict(LABELS["ko"]), asdict(LABELS["en"])
    assert korean["times"].keys() == english["times"].keys()
    assert len(korean["definitions"]) == len(english["definitions"])
    for name, label in korean.items():
        if isinstance(label, str):
            assert label, name
            assert fields_of(label) == fields_of(english[name]), name


def fields_of(label: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(label) if field is not None}
