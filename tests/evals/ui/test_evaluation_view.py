"""What the tab shows of a stored evaluation."""

import json
from pathlib import Path
from typing import Any, get_args

from evals.analysis.answer_list import AnswerQuery
from evals.analysis.human_labels import label_tasks
from evals.analysis.summary import summary_of
from evals.judge.judged_answers import judge_answers
from evals.plots import FigureName
from evals.records.opinions import HumanLabel
from evals.suite.cases import Language
from evals.ui.answers_render import answers_html
from evals.ui.evaluation_view import EvaluationView
from tests.evals.answering import AnsweringProvider, Bench, carried_out, evaluation
from tests.evals.made import report_of


def plots(opened: Bench, language: Language) -> dict[str, str]:
    shown = EvaluationView(opened.archive).shown("e1", None, language, is_drawn=True)
    assert list(shown.figures) == list(get_args(FigureName))
    return {name: one.figure.to_json() for name, one in shown.figures.items() if one is not None}


def figures_of(report: str) -> dict[str, Any]:
    found = report.partition('id="drawn">')[2].partition("</script>")[0]
    return {one["name"]: one["figure"] for one in json.loads(found)["figures"]}


def test_what_a_judge_that_nobody_checked_said_is_told_as_such_in_tab_and_report(tmp_path: Path) -> None:
    async def check(opened: Bench) -> None:
        await opened.runner(evaluation()).run()
        found = plots(opened, "en")
        for name in ("quality", "corners", "trend"):
            assert "nobody has checked" in found[name]
        assert "Label by hand" in found["quality"]
        report = report_of(opened.archive, opened.archive.load("e1"), "ko")
        assert "검증되지 않아" in json.dumps(figures_of(report)["quality"], ensure_ascii=False)

    carried_out(tmp_path, AnsweringProvider(), check)


def test_what_people_said_is_named_where_the_judge_is_not_believed(tmp_path: Path) -> None:
    async def check(opened: Bench) -> None:
        await opened.runner(evaluation()).run()
        task = label_tasks(judge_answers(opened.archive.load("e1"), opened.archive.attempts("e1"), {}))[0]
        opened.archive.keep_label(HumanLabel(person="Kim", key=task.key, said="yes"))
        found = plots(opened, "en")
        assert "Labels by people" in found["quality"]
        assert "Labels by people" in found["corners"]

    carried_out(tmp_path, AnsweringProvider(), check)


def test_an_answer_shows_what_a_judge_that_is_not_believed_said_without_a_verdict_of_its_own(tmp_path: Path) -> None:
    async def check(opened: Bench) -> None:
        await opened.runner(evaluation()).run()
        summary = summary_of(opened.archive, opened.archive.load("e1"))
        query = AnswerQuery(evaluation="e1", answer=summary.answers[0].attempt.run_id)
        shown = answers_html(summary, query, "ko")
        assert "✔" in shown
        assert 'class="pass"' not in shown
        assert "· 통과" not in shown
        assert "결과에 넣지 않습니다" in shown
        assert "이 평가에 없습니다" in answers_html(summary, AnswerQuery(evaluation="e1", answer="gone"), "ko")

    carried_out(tmp_path, AnsweringProvider(), check)
