"""What the tab shows of a stored evaluation: values for its components. Blocks its thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from evals.analysis.compare import compare
from evals.analysis.human_labels import labelling
from evals.analysis.rows import answer_rows
from evals.analysis.scorecard import scorecards
from evals.analysis.summary import believed_of, known_of, report_of, results_of, trend_of
from evals.analysis.transfer import exported
from evals.analysis.trust import believed
from evals.judge.judged_answers import JudgedAnswer
from evals.plots import FigureName, NamedFigure, belief_in, figures
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from evals.records.progress import Progress
from evals.report.export import answers_csv, answers_jsonl
from evals.texts import texts_in
from evals.ui.evaluate_tab import EvaluateTab
from evals.ui.render import (
    column_names,
    comparison_html,
    detail_html,
    labelling_html,
    progress_html,
    refusal_html,
    scorecard_html,
    table_rows,
    trust_card_html,
)
from llmfirst import Language, LlmfirstError, Updates, folder_of


@dataclass(frozen=True)
class ShownEvaluation:
    """What the tab shows of an evaluation; by itself, that there is none."""

    progress: str
    card: str = ""
    comparison: str = ""
    answers: Sequence[Sequence[object]] = ()
    """The rows of the table."""
    figures: Mapping[FigureName, NamedFigure | None] = field(
        default_factory=lambda: dict.fromkeys(get_args(FigureName))
    )
    """A figure that is missing here stays as it is; None removes it."""

    def updates(self, tab: EvaluateTab, language: Language) -> Updates:
        table = {"headers": column_names(language), "data": [list(row) for row in self.answers]}
        return {
            tab.progress: self.progress,
            tab.card: self.card,
            tab.comparison: self.comparison,
            tab.answers: gr.Column(visible=bool(self.answers)),
            tab.table: table,
            **{tab.plots[name]: None if one is None else one.figure for name, one in self.figures.items()},
        }


class EvaluationView:
    """Reads one archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def shown(
        self,
        evaluation_id: str | None,
        compared_id: str | None,
        progress: Progress | None,
        language: Language,
        *,
        is_drawn: bool,
    ) -> ShownEvaluation:
        """Return what the tab shows; blocks. Drawing the figures takes a second."""
        archive = self._archive
        if evaluation_id is None:
            return ShownEvaluation(f"<p>{texts_in(language).tab.none_yet}</p>")
        try:
            evaluation = archive.load(evaluation_id)
        except LlmfirstError as error:
            return ShownEvaluation(refusal_html(error, language))
        results, known = results_of(archive, evaluation), known_of(archive, evaluation)
        shown = believed(results, known)
        cards, people = scorecards(evaluation, results, known), labelling(results, archive.labels())
        card = scorecard_html(
            evaluation,
            cards,
            language,
            given_up=archive.given_up(evaluation_id),
            is_baseline=archive.baseline(evaluation.suite.name) == evaluation_id,
            overhead=archive.health(evaluation_id).overhead,
        )
        if evaluation.judge is not None:
            card += trust_card_html(known, evaluation.judge.key, language, is_open=False)
        card += labelling_html(people, language)
        rows = answer_rows(shown)
        drawn: dict[FigureName, NamedFigure | None] = {}
        if is_drawn and rows:
            belief = belief_in((one.quality.trust for one in cards), is_labelled=bool(people.people))
            trend = trend_of(archive, evaluation)
            drawn = {one.name: one for one in figures(rows, trend, language, known.calibrations, belief)}
        comparison = self._comparison(evaluation, shown, compared_id, language)
        progress_shown = progress_html(progress, language)
        return ShownEvaluation(progress_shown, card, comparison, table_rows(rows, language), drawn)

    def _comparison(
        self, evaluation: Evaluation, results: Sequence[JudgedAnswer], compared_id: str | None, language: Language
    ) -> str:
        """Compare with another evaluation, or, when there is none, the models of this one with its first."""
        sides: list[tuple[str, Sequence[JudgedAnswer], str, Sequence[JudgedAnswer]]] = []
        by_target = {
            key.key: [one for one in results if one.attempt.turn.target == key.key] for key in evaluation.targets
        }
        keys = list(by_target)
        if compared_id is not None and compared_id != evaluation.evaluation_id:
            archive = self._archive
            try:
                other = archive.load(compared_id)
            except LlmfirstError as error:
                return refusal_html(error, language)
            theirs = believed_of(archive, other)
            for key in keys:
                match = key if key in {one.key for one in other.targets} else other.targets[0].key
                before = [one for one in theirs if one.attempt.turn.target == match]
                sides.append((f"{compared_id} {match}", before, f"{evaluation.evaluation_id} {key}", by_target[key]))
        else:
            sides = [(keys[0], by_target[keys[0]], key, by_target[key]) for key in keys[1:]]
        return "".join(
            comparison_html(compare(before, after), (first, second), language) for first, before, second, after in sides
        )

    def answer(self, evaluation: Evaluation, row: int, language: Language) -> str:
        """Return what the tab shows of the answer in a row of the table."""
        results = results_of(self._archive, evaluation)
        if not 0 <= row < len(results):
            return ""
        shown = believed(results, known_of(self._archive, evaluation))
        return detail_html(results[row], language, is_believed=shown[row].item == results[row].item)

    def written(self, evaluation_id: str, language: Language) -> list[str]:
        archive = self._archive
        evaluation = archive.load(evaluation_id)
        rows = answer_rows(results_of(archive, evaluation))
        texts = {
            f"{evaluation_id}.html": report_of(archive, evaluation, language),
            f"{evaluation_id}.csv": answers_csv(rows),
            f"{evaluation_id}.jsonl": answers_jsonl(rows),
            f"{evaluation_id}.evaluation.jsonl": "\n".join(exported(archive, evaluation)) + "\n",
        }
        # In Gradio's own folder of files for the page, so that what is old in it is removed.
        folder = str(Path(get_upload_folder()) / folder_of(archive.writes_as))
        return [save_bytes_to_cache(text.encode(), name, folder) for name, text in texts.items()]
