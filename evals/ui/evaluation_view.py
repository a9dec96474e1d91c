"""What the tab shows of a stored evaluation. Everything here blocks its thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from evals.analysis.compare import USUAL, Matters
from evals.analysis.summary import Summary, summary_of
from evals.analysis.transfer import exported
from evals.analysis.trend import trend_of
from evals.calibration.checked import checked_judge
from evals.judge.verdicts import Unscored
from evals.plots import FigureName, NamedFigure, figures
from evals.records.archive import Archive
from evals.report.export import answers_csv, answers_jsonl
from evals.report.file_name import file_stem
from evals.report.page import report_html
from evals.texts import texts_in
from evals.ui.comparison_panel import NO_COMPARISON, Comparer, ShownComparison
from evals.ui.evaluate_tab import EvaluateTab
from evals.ui.judge_check import judge_card_html
from evals.ui.render import (
    labelling_html,
    refusal_html,
    scorecard_html,
)
from evals.ui.value_panel import NO_VALUE, ShownValue, shown_value
from llmfirst import Language, LlmfirstError, Owner, Updates, folder_of


@dataclass(frozen=True)
class ShownEvaluation:
    """What the tab shows of an evaluation. The defaults show that there is none."""

    notice: str = ""
    """Why there is nothing to show; it stands in the place of the progress."""
    card: str = ""
    value: ShownValue = NO_VALUE
    comparison: ShownComparison = NO_COMPARISON
    pair: str | None = None
    """The pair of models that the visitor chose to compare."""
    trust: str = ""
    is_unfinished: bool = False
    """Whether answers or verdicts are missing, so that it can be resumed."""
    figures: Mapping[FigureName, NamedFigure | None] = field(
        default_factory=lambda: dict.fromkeys(get_args(FigureName))
    )
    """A figure that is missing here stays as it is; None removes it."""

    def updates(self, tab: EvaluateTab, language: Language) -> Updates:
        return {
            tab.card: self.card,
            **self.value.updates(tab.value),
            **self.comparison.updates(tab.comparison, self.pair),
            tab.judge_panel.card: self.trust,
            **({tab.progress: self.notice} if self.notice else {}),
            **tab.plots.updates(self.figures, language),
        }


def _is_unfinished(summary: Summary) -> bool:
    evaluation, answers = summary.evaluation, summary.answers
    verdicts = [verdict for answer in answers for verdict in answer.verdicts.values()]
    is_unread = any(isinstance(verdict, Unscored) and verdict.cause == "not_reached" for verdict in verdicts)
    return (
        len(answers) < sum(1 for _ in evaluation.trials())
        or any(answer.attempt.is_error for answer in answers)
        or (evaluation.judge is not None and is_unread)
        or any(model.unread for one in summary.value for model in one.models)
    )


class EvaluationView:
    """Reads one archive."""

    def __init__(self, archive: Archive, matters: Matters = USUAL, called: str | None = None) -> None:
        self._archive = archive
        self._matters = matters
        self._comparer = Comparer(archive, matters, called)

    def shown(
        self,
        evaluation_id: str | None,
        compared_id: str | None,
        language: Language,
        *,
        is_drawn: bool,
        pair: str | None = None,
    ) -> ShownEvaluation:
        """Return what the tab shows. Figures take a second, so they are drawn only with `is_drawn`."""
        archive = self._archive
        if evaluation_id is None:
            return ShownEvaluation(f'<p role="status">{texts_in(language).tab.none_yet}</p>')
        try:
            evaluation = archive.load(evaluation_id)
        except LlmfirstError as error:
            return ShownEvaluation(refusal_html(error, language))
        summary = summary_of(archive, evaluation)
        trust = f'<p role="status">{texts_in(language).report.no_judge_meaning}</p>'
        if evaluation.judge is not None:
            checked = checked_judge(archive, evaluation.judge)
            trust = judge_card_html(checked, language, summary.evidence, is_open=True)
        labelled = labelling_html(summary.labelling, language)
        drawn: dict[FigureName, NamedFigure | None] = {}
        if is_drawn and summary.answers:
            drawn = {one.name: one for one in figures(summary, trend_of(archive, summary), language)}
        elif not summary.answers:
            drawn = dict.fromkeys(get_args(FigureName))
        is_unfinished = _is_unfinished(summary)
        return ShownEvaluation(
            card=scorecard_html(summary, language) + labelled,
            value=shown_value(summary, language, is_unfinished=is_unfinished),
            trust=trust + labelled,
            is_unfinished=is_unfinished,
            comparison=self._comparer.shown(summary, compared_id, pair, language),
            pair=pair,
            figures=drawn,
        )

    def written(self, evaluation_id: str, language: Language, owner: Owner) -> list[str]:
        """Write report and data into files that only `owner` may download, and return their paths."""
        archive = self._archive
        evaluation = archive.load(evaluation_id)
        summary = summary_of(archive, evaluation)
        stem = file_stem(evaluation, summary.caption)
        texts = {
            f"{stem}.html": report_html(summary, trend_of(archive, summary), language, self._matters),
            f"{stem}.csv": answers_csv(summary.answers),
            f"{stem}.jsonl": answers_jsonl(summary.answers),
            f"{stem}.evaluation.jsonl": "\n".join(exported(archive, evaluation)) + "\n",
        }
        # In Gradio's own folder of files for the page, so that what is old in it is removed.
        folder = str(Path(get_upload_folder()) / folder_of(owner))
        return [save_bytes_to_cache(text.encode(), name, folder) for name, text in texts.items()]
