"""Draws the list of evaluations beside the result. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from evals.recordings.recorded import RECORDED
from evals.records.archive import EvaluationUnreadable
from evals.records.captions import NO_CAPTION, Caption
from evals.records.evaluation import Evaluation
from evals.records.local_time import local_time
from evals.records.progress import Progress
from evals.report.suite_title import suite_title
from evals.texts import texts_in
from evals.ui.render import progress_html
from llmfirst import Language, visible


def list_html(
    listed: Sequence[Evaluation | EvaluationUnreadable],
    names: Mapping[str, Caption],
    shown: str,
    language: Language,
) -> str:
    """Return the evaluations as links to their own addresses, the recorded one last."""
    lines = "".join(_line(one, names, shown, language) for one in listed)
    recorded = texts_in(language).recorded
    last = _link(RECORDED, shown, escape(recorded.badge), escape(recorded.name))
    return f'<nav aria-label="{escape(texts_in(language).tab.list)}"><ul>{lines}{last}</ul></nav>'


def _line(one: Evaluation | EvaluationUnreadable, names: Mapping[str, Caption], shown: str, language: Language) -> str:
    if isinstance(one, EvaluationUnreadable):
        said = texts_in(language).tab.unreadable.format(id=one.evaluation_id)
        return f"<li><span>{escape(visible(said))}</span></li>"
    caption = names.get(one.evaluation_id, NO_CAPTION)
    title = caption.name or suite_title(one.suite, language)
    models = ", ".join(model.name for model in one.models)
    suite = f"{escape(visible(suite_title(one.suite, language)))} · " if caption.name else ""
    about = f"{suite}{escape(visible(models))}<br>{escape(local_time(one.created_at))}"
    return _link(one.evaluation_id, shown, escape(visible(title)), about)


def _link(evaluation_id: str, shown: str, title: str, about: str) -> str:
    current = ' aria-current="true"' if evaluation_id == shown else ""
    key = escape(evaluation_id)
    address = f"?evaluation={quote(evaluation_id, safe='')}"
    return f'<li><a href="{address}" data-evaluation="{key}"{current}><b>{title}</b><small>{about}</small></a></li>'


def imported_html(evaluation: Evaluation, answers: int, language: Language) -> str:
    """Return what a file that was read has brought."""
    texts = texts_in(language)
    said = texts.tab.imported.format(
        suite=suite_title(evaluation.suite, language),
        models=", ".join(model.key for model in evaluation.models),
        answers=answers,
        items=len(evaluation.suite.cases),
        judge=texts.names.no_judge if evaluation.judge is None else evaluation.judge.key,
    )
    return f'<p role="status">{escape(visible(said))}</p>'


def running_html(evaluation_id: str | None, progress: Progress | None, language: Language) -> str:
    """Return how far another evaluation is, with a link to it; nothing while there is none."""
    if evaluation_id is None or progress is None:
        return ""
    return f'<div class="elsewhere">{progress_html(progress, language)}</div>'
