"""The Evaluate tab put together: its components connected to its callbacks."""

import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from importlib import resources
from typing import Any, Final, get_args

import gradio as gr

from evals.recordings.recorded import Recorded
from evals.records.opinions import Said
from evals.run.service import Evaluations
from evals.texts import texts_in
from evals.ui.evaluate_page import EvaluatePage
from evals.ui.evaluate_tab import EvaluateTab, build_evaluate_tab, evaluate_tab_words
from evals.ui.label_page import LabelPage
from llmfirst import Language, Recording, Updates, owner_of

_QUIET: Final[dict[str, Any]] = {
    "show_progress": "hidden",
    "concurrency_limit": None,
    "api_visibility": "private",
}
# The address names the evaluation, so that a reload finds it again.
_ADDRESS: Final = "(id) => { if (id) history.replaceState(null, '', '?evaluation=' + encodeURIComponent(id)); }"

_TO_SUITES: Final = "(language) => { llmfirstSuites.go('suites', %s[language]); }"


class EvaluatePageTab:
    """The tab as the page knows it."""

    name: str = "evaluation"
    opened_by: tuple[str, ...] = ("evaluation",)

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = evaluations
        self._recorded = Recorded()
        self.css = _asset("evaluate.css")
        self.js = _asset("evaluate.js")

    def title(self, language: Language) -> str:
        return texts_in(language).tab.title

    def place(self, language: Language) -> "PlacedEvaluateTab":
        return PlacedEvaluateTab(self._evaluations, build_evaluate_tab(language), self._recorded)

    def recording(self, run_id: str) -> Recording | None:
        return self._recorded.answer(run_id)

    async def aclose(self) -> None:
        """End the evaluation that is running, whoever started it."""
        await self._evaluations.stop()


class PlacedEvaluateTab:
    """The tab on the page: its components and their callbacks."""

    def __init__(self, evaluations: Evaluations, tab: EvaluateTab, recorded: Recorded) -> None:
        self._tab = tab
        self._page = EvaluatePage(evaluations, tab, recorded)

    def words(self, language: Language) -> Updates:
        return evaluate_tab_words(self._tab, language)

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        wire_evaluate_tab(self._tab, self._page, shown, language, switched)


def _asset(name: str) -> str:
    return resources.files("evals.ui").joinpath(name).read_text(encoding="utf-8")


def _with_owner(callback: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return a callback for Gradio that passes the visitor on as the owner."""

    async def called(request: gr.Request, *values: Any) -> Any:
        return await callback(owner_of(request.username), *values)

    return called


def _stream_with_owner(callback: Callable[..., AsyncGenerator[Any, None]]) -> Callable[..., AsyncGenerator[Any, None]]:
    """Do the same for a callback that yields; it is closed when its reader leaves."""

    async def called(request: gr.Request, *values: Any) -> AsyncGenerator[Any, None]:
        async with aclosing(callback(owner_of(request.username), *values)) as views:
            async for view in views:
                yield view

    return called


def wire_evaluate_tab(tab: EvaluateTab, page: EvaluatePage, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
    """Connect the components."""

    async def on_open(chosen: Language, request: gr.Request) -> Updates:
        return await page.choices(owner_of(request.username), request.query_params.get("evaluation"), chosen)

    async def on_select(evaluation_id: str | None, chosen: Language, event: gr.SelectData, request: gr.Request) -> str:
        row = event.index[0] if isinstance(event.index, list | tuple) else event.index
        return await page.on_answer(owner_of(request.username), evaluation_id, int(row), chosen)

    look: dict[str, Any] = {
        "fn": _stream_with_owner(page.on_look),
        "inputs": [tab.evaluation, tab.compared, language],
        "outputs": tab.shown,
        **_QUIET,
    }
    estimate: dict[str, Any] = {
        "fn": _with_owner(page.estimate),
        "inputs": [tab.suite, tab.models, tab.thinks, tab.judge, tab.repeats, language],
        "outputs": tab.estimate,
        **_QUIET,
    }
    # Only when somebody looks: drawing costs a second of the cores that a model may be using.
    choices = [tab.models, tab.judge, tab.evaluation, tab.compared, tab.notice, tab.suite]
    opened = gr.on([shown.select], on_open, language, choices, **_QUIET)
    opened.then(**estimate)
    opened.then(**look)
    switched.then(_with_owner(page.on_language), language, [tab.suite], **_QUIET).then(**look).then(**estimate)

    for chosen in (tab.suite, tab.models, tab.thinks, tab.judge, tab.repeats):
        chosen.change(**estimate, trigger_mode="always_last")
    tab.own_suite.upload(
        _stream_with_owner(page.on_own_suite), [tab.own_suite, language], [tab.suite, tab.notice], **_QUIET
    )
    titles = {one: texts_in(one).suites.title for one in get_args(Language)}
    to_suites = _TO_SUITES % json.dumps(titles, ensure_ascii=False)
    tab.write_suites.click(None, language, None, js=to_suites, api_visibility="private")
    started = tab.start.click(
        _with_owner(page.on_start),
        [tab.suite, tab.models, tab.thinks, tab.judge, tab.repeats, tab.mode, language],
        [tab.evaluation, tab.compared, tab.notice],
        trigger_mode="once",
        **_QUIET,
    )
    started.then(None, tab.evaluation, None, js=_ADDRESS, api_visibility="private")
    started.then(**look)
    checked = tab.check.click(
        _stream_with_owner(page.on_check),
        [tab.suite, tab.judge, language],
        [tab.progress, tab.notice],
        trigger_mode="once",
        **_QUIET,
    )
    checked.then(**look)
    tab.pause.click(_with_owner(page.on_pause), None, None, **_QUIET)
    tab.resume.click(_with_owner(page.on_resume), [tab.evaluation, language], tab.notice, **_QUIET).then(**look)
    tab.stop.click(_with_owner(page.on_stop), None, None, **_QUIET)
    tab.evaluation.input(None, tab.evaluation, None, js=_ADDRESS, api_visibility="private")
    for selected in (tab.evaluation, tab.compared):
        selected.input(**look)
    opened_row = tab.table.select(on_select, [tab.evaluation, language], tab.detail, **_QUIET)
    opened_row.then(None, None, None, js="() => showDetail()", api_visibility="private")
    tab.baseline.click(_with_owner(page.on_baseline), [tab.evaluation, language], tab.notice, **_QUIET).then(**look)
    _wire_labels(tab, page.labels, language).then(**look)
    tab.report.click(_with_owner(page.on_report), [tab.evaluation, language], [tab.files, tab.notice], **_QUIET)
    tab.import_evaluation.upload(
        _stream_with_owner(page.on_import),
        [tab.import_evaluation, language],
        [tab.evaluation, tab.compared, tab.notice],
        **_QUIET,
    ).then(**look)


def _wire_labels(tab: EvaluateTab, page: LabelPage, language: gr.Radio) -> Any:
    """Connect label mode, and return what happens when it is closed."""
    labels = tab.labels
    whose = [tab.evaluation, labels.person, language]
    on_screen = [labels.task, labels.position]
    at = [tab.evaluation, labels.person, labels.position, language]
    tab.label.click(_with_owner(page.on_open), whose, [labels.mode, tab.results, *on_screen], **_QUIET)
    for changed in (labels.person.submit, labels.person.blur, tab.evaluation.input):
        changed(_with_owner(page.on_person), whose, on_screen, **_QUIET)
    words: tuple[tuple[gr.Button, Said], ...] = ((labels.yes, "yes"), (labels.no, "no"), (labels.unsure, "unsure"))
    for button, said in words:
        # A second press before the next claim is there would be about a claim that nobody has read.
        button.click(_with_owner(partial(page.on_say, said)), at, on_screen, trigger_mode="once", **_QUIET)
    labels.back.click(_with_owner(page.on_back), at, on_screen, trigger_mode="once", **_QUIET)
    return labels.close.click(page.on_close, None, [labels.mode, tab.results], **_QUIET)
