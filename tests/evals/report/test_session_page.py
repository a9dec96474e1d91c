"""The report of a session: one file, whole, escaped, and offline."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evals.records.archive import Archive
from evals.report.session_page import report_name, session_report_html
from evals.sessions.archive import SessionArchive
from evals.sessions.judgement import Judgement
from evals.sessions.summary import SessionSummary, summary_of_session
from evals.suite.cases import Language
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.evals.made import START
from tests.evals.report.made import LANGUAGES
from tests.evals.sessions.made import session
from tests.evals.sessions.voted import keep_voted


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionSummary]:
    folder: Path = tmp_path_factory.mktemp("session")
    database = open_database(folder)
    archive = SessionArchive(Archive(DocumentStore(database), RunStore(database)))
    yield summary_of_session(archive, keep_voted(archive).session_id)
    database.dispose()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_has_the_sentence_answers_votes_and_fingerprint_and_fetches_nothing(
    summary: SessionSummary, language: Language
) -> None:
    page = session_report_html(summary, language)
    assert "19" in page.split('class="verdict-sentence">')[1].split("</p>")[0]
    assert page.count('<article class="question">') == 24
    assert "clearer &amp; shorter" in page
    assert "sha256:77cd" in page
    assert "default-src &#39;none&#39;" in page
    assert "http" not in page.split("<body>")[1].split("<script")[0]
    data = json.loads(page.split('<script type="application/json" id="data">')[1].split("</script>")[0])
    assert (len(data["answers"]), len(data["votes"])) == (48, 44)


def test_what_models_people_and_titles_say_stays_text(summary: SessionSummary) -> None:
    page = session_report_html(summary, "en")
    assert "<script>alert(1)" not in page
    assert "<model>" not in page
    assert "in <b>Rust</b>" not in page
    assert "Which &lt;model&gt; for the help desk?" in page


def test_a_vote_of_a_judge_that_does_not_count_says_so(summary: SessionSummary) -> None:
    source = summary.source
    first = next(one for one in source.battles if one.vote.kind == "judge")
    unsure = replace(first, vote=first.vote.model_copy(update={"is_sure": False}))
    assert "does not count" not in session_report_html(summary, "en")
    page = session_report_html(replace(summary, source=replace(source, battles=(unsure,))), "en")
    assert page.count("but is not sure enough, so this does not count") == 1


def test_how_much_a_judge_may_decide_stands_beside_the_agreement(summary: SessionSummary) -> None:
    judgement = Judgement(judge="a <judge>", languages=(), pairs=4, decided=0, left_to_people=2, judged_at=START)
    assert "The judge beside the people" not in session_report_html(summary, "en")
    page = session_report_html(replace(summary, source=replace(summary.source, judgements=(judgement,))), "en")
    assert "a &lt;judge&gt; cannot decide between answers" in page
    assert "Left to people, because an answer addresses the judge: 2." in page


def test_parts_with_too_few_questions_to_tell_anybody_apart_are_counted_and_not_listed(
    summary: SessionSummary,
) -> None:
    page = session_report_html(summary, "en")
    assert page.count('<td class="drawn">') == 3 + 2  # people: all, Korean, English; the judge: all, Korean
    assert page.count("after Holm&#39;s correction") == 1  # the judge has too few votes to look for differences
    assert "1 comparisons on parts with fewer than 6 decided questions are not listed." in page


def test_without_votes_the_report_says_what_is_missing(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    archive = SessionArchive(Archive(DocumentStore(database), RunStore(database)))
    page = session_report_html(summary_of_session(archive, keep_voted(archive, votes=0).session_id), "en")
    assert "No votes yet" in page
    assert "No strength is known yet." in page
    assert page.count("Hidden until somebody has voted") == 48
    assert "start with number" not in page
    database.dispose()


def test_the_file_is_called_by_title_and_day() -> None:
    assert report_name(session(title="헬프데스크: A / B?")).startswith("헬프데스크-A-B-2026-11-2")
    assert report_name(session(title="")).startswith("5e551011-2026")
