"""The Evaluate tab put together: its components connected to its callbacks."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final, get_args
from urllib.parse import urlencode

import gradio as gr
from gradio.blocks import Block

from evals.recordings.recorded import Recorded
from evals.run.service import Evaluations
from evals.texts import PartName, texts_in
from evals.ui.about_wiring import wire_about
from evals.ui.answers_page import AnswersPage
from evals.ui.assets import asset
from evals.ui.evaluate_page import EvaluatePage
from evals.ui.evaluate_tab import EvaluateTab, build_evaluate_tab, evaluate_tab_words
from evals.ui.label_wiring import KNOWN_PERSON, wire_label_mode
from evals.ui.latest import Latest
from evals.ui.value_panel import wire_value_panel
from evals.ui.visitors import stream_with_owner, visitor, with_owner
from llmfirst import Language, Recording, Updates

_QUIET: Final[dict[str, Any]] = {
    "show_progress": "hidden",
    "concurrency_limit": None,
    "api_visibility": "private",
}
_SCRIPT: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}
# The address names the evaluation and the part of its result, so that a reload finds them again.
_ADDRESS: Final = "(id) => llmfirstEvaluationAddress(id)"

_TO_SUITES: Final = "(language) => { llmfirstSuites.go('suites', %s[language]); }"


class EvaluatePageTab:
    """The tab as the page knows it."""

    name: str = "evaluation"
    opened_by: tuple[str, ...] = ("evaluation", "evaluate")
    within: str | None = None

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = evaluations
        self._recorded = Recorded()
        styles = (
            "evaluate.css",
            "answers.css",
            "comparison.css",
            "label.css",
            "about.css",
            "value_panel.css",
            "plots.css",
        )
        self.css = "".join((asset("figures.css", "evals.report"), *(asset(name) for name in styles)))
        scripts = ("evaluate.js", "answers.js", "label.js", "plots.js")
        self.js = "".join((asset("legend.js", "evals.report"), *(asset(name) for name in scripts)))

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


def wire_evaluate_tab(tab: EvaluateTab, page: EvaluatePage, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
    """Connect the components."""
    look: dict[str, Any] = {
        "fn": Latest().only(stream_with_owner(page.watch.on_look)),
        "inputs": [tab.evaluation, tab.comparison.compared, language, tab.part, tab.comparison.pair],
        "outputs": tab.shown,
        **_QUIET,
    }
    answers = _wire_answers(tab, page.answers, language)
    opened = _wire_setup(tab, page, shown, language, switched, look)
    _wire_parts(tab, page, language, look, answers)
    opened.then(**look)
    opened.then(**answers)
    switched.then(with_owner(page.stored), [tab.evaluation, language], _stored(tab), **_QUIET).then(**look)
    switched.then(**answers)
    tab.evaluation.change(**answers)

    async def on_chosen(chosen: Language, event: gr.EventData, request: gr.Request) -> Updates:
        return await page.on_chosen(visitor(request), event._data, chosen)

    picked = tab.listing.select(on_chosen, language, _stored(tab), **_QUIET)
    entered = tab.evaluation.input(with_owner(page.stored), [tab.evaluation, language], _stored(tab), **_QUIET)
    for event in (picked, entered):
        event.then(None, tab.evaluation, None, js=_ADDRESS, **_SCRIPT).then(**look)
    tab.comparison.compared.input(**look)
    tab.comparison.pair.input(**look)
    wire_value_panel(tab.value, with_owner(page.watch.on_value), [tab.evaluation, language], tab.notice, look)
    tab.pause.click(with_owner(page.watch.on_pause), language, [tab.progress, tab.pause], **_QUIET)
    resumed = tab.resume.click(with_owner(page.watch.on_resume), [tab.evaluation, language], tab.notice, **_QUIET)
    resumed.then(**look)
    resumed.then(**answers)
    tab.stop.click(with_owner(page.watch.on_stop), None, None, **_QUIET)
    tab.baseline.click(with_owner(page.on_baseline), [tab.evaluation, language], tab.notice, **_QUIET).then(**look)
    tab.report.click(with_owner(page.on_report), [tab.evaluation, language], [tab.files, tab.notice], **_QUIET)
    tab.import_evaluation.upload(
        stream_with_owner(page.on_import),
        [tab.import_evaluation, language],
        [*_stored(tab), tab.notice],
        **_QUIET,
    ).then(None, tab.evaluation, None, js=_ADDRESS, **_SCRIPT).then(**look)
    listed: list[Block] = [tab.evaluation, tab.listing]
    deleted = wire_about(tab.about, page.about, tab.evaluation, language, tab.notice, (page.listed, listed))
    shown_instead = deleted.then(with_owner(page.stored), [tab.evaluation, language], _stored(tab), **_QUIET)
    shown_instead.then(None, tab.evaluation, None, js=_ADDRESS, **_SCRIPT).then(**look)


def _stored(tab: EvaluateTab) -> list[Block]:
    return [tab.evaluation, tab.listing, tab.comparison.compared, *tab.about.shown, tab.baseline]


def _wire_setup(
    tab: EvaluateTab, page: EvaluatePage, shown: gr.Tab, language: gr.Radio, switched: Any, look: dict[str, Any]
) -> Any:
    """Connect the drawer, and return what happens when the tab is opened."""
    setup = tab.setup

    async def on_open(chosen: Language, request: gr.Request) -> Updates:
        owner, asked = visitor(request), request.query_params
        named = asked.get("evaluation") or asked.get("evaluate") or None
        if named is not None and asked.get("part") == "label":
            return await page.on_label(owner, named, chosen)
        updates = {**await page.choices(owner, named, chosen), **page.on_address(asked.get("part"))}
        return {**updates, tab.answers.asked: urlencode(dict(asked))}

    chosen = [setup.suite, setup.models, setup.thinks, setup.judge, setup.repeats]
    estimate: dict[str, Any] = {
        "fn": with_owner(page.setup.estimate),
        "inputs": [*chosen, language, setup.moments],
        "outputs": setup.estimate,
        **_QUIET,
    }
    # Only when somebody looks: drawing costs a second of the cores that a model may be using.
    choices = [setup.models, setup.judge, tab.evaluation, tab.comparison.compared, tab.notice, setup.suite]
    outputs = dict.fromkeys(
        [*choices, *tab.named, setup.drawer, tab.parts, *_part_outputs(tab), *tab.labels.shown, tab.answers.asked]
    )
    opened = gr.on([shown.select], on_open, language, list(outputs), **_QUIET)
    opened.then(None, tab.labels.person, tab.labels.person, js=KNOWN_PERSON, **_SCRIPT)
    opened.then(**estimate)
    switched.then(with_owner(page.setup.on_language), language, [setup.suite], **_QUIET).then(**estimate)
    for component in (setup.suite, setup.models, setup.thinks, setup.judge, setup.repeats, setup.moments):
        component.change(**estimate, trigger_mode="always_last")
    setup.own_suite.upload(
        stream_with_owner(page.setup.on_own_suite), [setup.own_suite, language], [setup.suite, tab.notice], **_QUIET
    )
    titles = {one: texts_in(one).suites.title for one in get_args(Language)}
    to_suites = _TO_SUITES % json.dumps(titles, ensure_ascii=False)
    setup.write_suites.click(None, language, None, js=to_suites, **_SCRIPT)
    tab.new.click(page.setup.on_new, None, setup.drawer, **_QUIET).then(**estimate)
    setup.close.click(page.setup.on_cancel, None, setup.drawer, **_QUIET)
    started = setup.start.click(
        with_owner(page.setup.on_start),
        [*chosen, setup.mode, language, setup.moments],
        [*_stored(tab), setup.drawer, tab.notice],
        trigger_mode="once",
        **_QUIET,
    )
    started.then(None, tab.evaluation, None, js=_ADDRESS, **_SCRIPT).then(**look)
    checked = setup.check.click(
        stream_with_owner(page.setup.on_check),
        [setup.suite, setup.judge, language],
        [tab.progress, tab.notice],
        trigger_mode="once",
        **_QUIET,
    )
    checked.then(**look)
    return opened


def _part_outputs(tab: EvaluateTab) -> list[Block]:
    return [tab.part, tab.side, tab.head]


def _wire_answers(tab: EvaluateTab, page: AnswersPage, language: gr.Radio) -> dict[str, Any]:
    """Connect the filters and the list, and return what shows them when something else has changed."""
    part, latest = tab.answers, Latest()
    asking = latest.only(stream_with_owner(page.on_asked))

    async def on_asked(
        evaluation_id: str | None, chosen: Language, event: gr.EventData, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        async with aclosing(asking(request, evaluation_id, event._data, chosen)) as views:
            async for view in views:
                yield view

    shown: list[Block] = [part.filters, part.listing, part.asked]
    for asked in (part.filters.select, part.listing.select):
        asked(on_asked, [tab.evaluation, language], shown, trigger_mode="multiple", **_QUIET)
    return {
        "fn": latest.only(stream_with_owner(page.on_look)),
        "inputs": [tab.evaluation, part.asked, language, tab.part],
        "outputs": shown,
        "trigger_mode": "multiple",
        **_QUIET,
    }


def _wire_parts(
    tab: EvaluateTab, page: EvaluatePage, language: gr.Radio, look: dict[str, Any], answers: dict[str, Any]
) -> None:
    """Connect the parts of a result."""

    labels = tab.labels
    everything = [*tab.named, tab.setup.drawer, tab.parts, *_part_outputs(tab), *labels.shown]
    for name, part in tab.part_tabs.items():
        if name == "label":
            opened = part.select(with_owner(page.on_label), [tab.evaluation, language], everything, **_QUIET)
            opened.then(None, labels.person, labels.person, js=KNOWN_PERSON, **_SCRIPT)
        else:
            opened = part.select(_opens(page, tab, name), None, _part_outputs(tab), **_QUIET)
        if name == "answers":
            opened.then(**answers)
        address = f"(id) => llmfirstEvaluationAddress(id, '{name}')"
        opened.then(None, tab.evaluation, None, js=address, **_SCRIPT).then(**look)
    panel, whose = tab.judge_panel, [tab.evaluation, language]
    panel.check.click(stream_with_owner(page.on_check_of), whose, panel.outputs, trigger_mode="once", **_QUIET)
    panel.stop.click(with_owner(page.checks.stop), None, None, **_QUIET)
    wire_label_mode(labels, page.labels, tab.evaluation, language)
    closed = gr.on(
        [labels.close.click, labels.leave.click],
        with_owner(page.on_label_closed),
        [tab.evaluation, language],
        everything,
        **_QUIET,
    )
    closed.then(None, tab.evaluation, None, js="(id) => llmfirstEvaluationAddress(id, 'summary')", **_SCRIPT)
    closed.then(**look)


def _opens(page: EvaluatePage, tab: EvaluateTab, name: PartName) -> Callable[[gr.Request], Updates]:
    def on_part(request: gr.Request) -> Updates:
        # The browser selects a part by itself where label mode opens or closes: then it is chosen already.
        return {tab.part: gr.skip()} if request.query_params.get("part") == "label" else page.on_part(name)

    return on_part
