"""The Evaluate tab put together: its components connected to its callbacks."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from importlib import resources
from typing import Any, Final

import gradio as gr

from evals.records.opinions import Said
from evals.run.service import Evaluations
from evals.texts import texts_in
from evals.ui.evaluate_page import EvaluatePage
from evals.ui.evaluate_tab import EvaluateTab, build_evaluate_tab, words
from evals.ui.label_page import LabelPage
from llmfirst import Language, PageTab, Services, owner_of

_QUIET: Final[dict[str, Any]] = {
    "show_progress": "hidden",
    "concurrency_limit": None,
    "api_visibility": "private",
}
# The address names the evaluation, so that a reload finds it again.
_ADDRESS: Final = "(id) => { if (id) history.replaceState(null, '', '?evaluation=' + encodeURIComponent(id)); }"


def evaluate_tabs(services: Services) -> list[PageTab]:
    """Return what the evaluations add to the page."""
    return [EvaluateTabOfPage(EvaluatePage(Evaluations(services)))]


class EvaluateTabOfPage:
    """The tab as the page knows it."""

    name: str = "evaluation"

    def __init__(self, page: EvaluatePage) -> None:
        self._page = page
        self._tab: EvaluateTab | None = None
        self.css = _asset("evaluate.css")
        self.js = _asset("evaluate.js")

    def title(self, language: Language) -> str:
        return texts_in(language).tab.title

    def place(self, language: Language) -> list[Any]:
        self._tab = build_evaluate_tab(language)
        return self._tab.worded

    def words(self, language: Language) -> list[Any]:
        return words(language)

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        assert self._tab is not None, "placed before it is connected"
        wire_evaluate_tab(self._tab, self._page, shown, language, switched)

    async def aclose(self) -> None:
        await self._page.aclose()


def _asset(name: str) -> str:
    return resources.files("evals.ui").joinpath(name).read_text(encoding="utf-8")


def _asked(callback: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return a callback of Gradio's that tells the page's own who asks."""

    async def called(request: gr.Request, *values: Any) -> Any:
        return await callback(owner_of(request.username), *values)

    return called


def _watched(callback: Callable[..., AsyncGenerator[Any, None]]) -> Callable[..., AsyncGenerator[Any, None]]:
    """Return the same for a callback that goes on telling; it is closed with its reader."""

    async def called(request: gr.Request, *values: Any) -> AsyncGenerator[Any, None]:
        async with aclosing(callback(owner_of(request.username), *values)) as views:
            async for view in views:
                yield view

    return called


def wire_evaluate_tab(tab: EvaluateTab, page: EvaluatePage, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
    """Connect the components."""
    looking = [tab.evaluation, tab.compared, language]
    estimated = [tab.suite, tab.models, tab.judge, tab.repeats, language]

    async def on_open(chosen: Language, request: gr.Request) -> list[Any]:
        return await page.choices(owner_of(request.username), request.query_params.get("evaluation"), chosen)

    async def on_select(evaluation_id: str | None, chosen: Language, event: gr.SelectData, request: gr.Request) -> str:
        row = event.index[0] if isinstance(event.index, list | tuple) else event.index
        return await page.on_answer(owner_of(request.username), evaluation_id, int(row), chosen)

    look: dict[str, Any] = {**_QUIET, "fn": _watched(page.on_look), "inputs": looking, "outputs": tab.shown}
    estimate: dict[str, Any] = {**_QUIET, "fn": _asked(page.estimate), "inputs": estimated, "outputs": tab.estimate}
    # Only when somebody looks: drawing costs a second of the cores that a model may be using.
    choices = [tab.models, tab.judge, tab.evaluation, tab.compared, tab.notice]
    opened = gr.on([shown.select], on_open, language, choices, **_QUIET)
    opened.then(**estimate)
    opened.then(**look)
    switched.then(**look).then(**estimate)

    for chosen in (tab.suite, tab.models, tab.judge, tab.repeats):
        chosen.change(**estimate, trigger_mode="always_last")
    tab.own_suite.upload(_asked(page.on_own_suite), [tab.own_suite, language], [tab.suite, tab.notice], **_QUIET)
    started = tab.start.click(
        _asked(page.on_start),
        [tab.suite, tab.models, tab.judge, tab.repeats, tab.mode, language],
        [tab.evaluation, tab.compared, tab.notice],
        trigger_mode="once",
        **_QUIET,
    )
    started.then(None, tab.evaluation, None, js=_ADDRESS, api_visibility="private")
    started.then(**look)
    checked = tab.check.click(
        _watched(page.on_check),
        [tab.suite, tab.judge, language],
        [tab.progress, tab.notice],
        trigger_mode="once",
        **_QUIET,
    )
    checked.then(**look)
    tab.pause.click(_asked(page.on_pause), None, None, **_QUIET)
    tab.go_on.click(_asked(page.on_go_on), [tab.evaluation, language], tab.notice, **_QUIET).then(**look)
    tab.stop.click(_asked(page.on_stop), None, None, **_QUIET)
    tab.evaluation.input(None, tab.evaluation, None, js=_ADDRESS, api_visibility="private")
    for selected in (tab.evaluation, tab.compared):
        selected.input(**look)
    tab.table.select(on_select, [tab.evaluation, language], tab.detail, **_QUIET)
    tab.baseline.click(_asked(page.on_baseline), [tab.evaluation, language], tab.notice, **_QUIET).then(**look)
    _wire_labels(tab, page.labels, language).then(**look)
    tab.report.click(_asked(page.on_report), [tab.evaluation, language], [tab.files, tab.notice], **_QUIET)
    tab.take_in.upload(
        _asked(page.on_take_in), [tab.take_in, language], [tab.evaluation, tab.compared, tab.notice], **_QUIET
    ).then(**look)


def _wire_labels(tab: EvaluateTab, page: LabelPage, language: gr.Radio) -> Any:
    """Connect label mode, and return what happens when it is closed."""
    labels = tab.labels
    whose = [tab.evaluation, labels.person, language]
    on_screen = [labels.task, labels.position]
    at = [tab.evaluation, labels.person, labels.position, language]
    tab.label.click(_asked(page.on_open), whose, [labels.mode, tab.results, *on_screen], **_QUIET)
    for changed in (labels.person.submit, labels.person.blur, tab.evaluation.input):
        changed(_asked(page.on_person), whose, on_screen, **_QUIET)
    words: tuple[tuple[gr.Button, Said], ...] = ((labels.yes, "yes"), (labels.no, "no"), (labels.unsure, "unsure"))
    for button, said in words:
        # A second press before the next claim is there would be about a claim that nobody has read.
        button.click(_asked(partial(page.on_say, said)), at, on_screen, trigger_mode="once", **_QUIET)
    labels.back.click(_asked(page.on_back), at, on_screen, trigger_mode="once", **_QUIET)
    return labels.close.click(page.on_close, None, [labels.mode, tab.results], **_QUIET)
