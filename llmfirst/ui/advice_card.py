"""The card of the System tab with advice for this machine."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Any, Protocol

import gradio as gr

from llmfirst.events import Language
from llmfirst.machine.advice import Advice, Situation, advice_for
from llmfirst.runs.outlook import Forecaster, Outlook
from llmfirst.texts import texts_in
from llmfirst.ui.looking import QUIET, looking_html
from llmfirst.ui.system_tab import SystemPlace
from llmfirst.ui.updates import Updates
from llmfirst.visible_text import visible


class Setting(Protocol):
    """What the advice needs of the settings."""

    @property
    def slots(self) -> int: ...

    @property
    def context_tokens(self) -> int: ...

    @property
    def threads(self) -> int | None: ...

    @property
    def judge_model(self) -> str | None: ...

    @property
    def judge_base_url(self) -> str | None: ...


class AdviceCard:
    """The card, and its callbacks."""

    place: SystemPlace = "advice"
    css = ""
    js = ""

    def __init__(self, forecaster: Forecaster, setting: Setting) -> None:
        self._forecaster = forecaster
        self._setting = setting
        self._list: gr.HTML

    def title(self, language: Language) -> str:
        return texts_in(language).system.advice.title

    def build(self, _: Language) -> "AdviceCard":
        self._list = looking_html("system-advice-list", 30)
        return self

    def words(self, _: Language) -> Updates:
        """The words come with the advice."""
        return {}

    def wire(self, shown: gr.Tab, language: gr.Radio, switched: Any) -> None:
        async def on_look(chosen: Language) -> str:
            now = situation(await self._forecaster.look(), self._setting)
            return advice_html(() if now is None else advice_for(now), chosen)

        look: dict[str, Any] = {"fn": on_look, "inputs": language, "outputs": self._list, **QUIET}
        shown.select(**look)
        switched.then(**look)
        self._list.select(**look)

    async def aclose(self) -> None:
        """Nothing goes on here without a visitor."""


def situation(outlook: Outlook, setting: Setting) -> Situation | None:
    """Return what is set and was measured; None while the model in use is not known."""
    now = outlook.now
    if now is None:
        return None
    card, times, best = now.offer.card, now.times, outlook.best
    expected = next((model for model in outlook.models if model.key == now.offer.key), None)
    slow = [model for model in outlook.models if model.fits and model.total_seconds is not None and model.tier is None]
    beyond = max(slow, key=lambda model: model.rank, default=None)
    judge = setting.judge_model if setting.judge_base_url is None else None
    sizes = {model.size.name: model.size.size_bytes for model in outlook.models if model.is_here}
    return Situation(
        provider=now.offer.provider,
        model=card.name,
        size_bytes=card.size_bytes,
        parameter_count=now.capabilities.parameter_count,
        quantization=card.quantization,
        gpu_share=card.gpu_share,
        tier=None if expected is None else expected.tier,
        first_text_seconds=None if times is None else times.first_text_seconds,
        total_seconds=None if times is None else times.total_seconds,
        token_seconds=now.rates.token_seconds,
        slots=setting.slots,
        context_tokens=setting.context_tokens,
        threads=setting.threads,
        cores=outlook.load.cores,
        memory_bytes=outlook.load.total_bytes,
        gpu_bytes=max((gpu.total_bytes for gpu in outlook.load.gpus), default=0),
        judge=judge,
        judge_bytes=None if judge is None else sizes.get(judge),
        best=None if best is None else best.size.name,
        best_provider=None if best is None else best.provider,
        beyond=None if beyond is None else beyond.size,
        beyond_seconds=None if beyond is None else beyond.total_seconds,
        runs_vllm=(outlook.service or "").startswith("vllm"),
    )


def advice_html(advice: Sequence[Advice], language: Language) -> str:
    """Return all advice by phases, each with its reason and its command."""
    words = texts_in(language).system.advice
    if not advice:
        return f'<p class="nothing">{escape(words.none)}</p>'
    parts = []
    for phase, of_phase in groupby(advice, lambda one: one.phase):
        items = "".join(_item(one, language) for one in of_phase)
        parts.append(f'<section><h3>{escape(words.phases[phase])}</h3><ul class="advice">{items}</ul></section>')
    return "".join(parts)


def _item(advice: Advice, language: Language) -> str:
    words = texts_in(language).system.advice
    figures = {name: visible(value) if isinstance(value, str) else value for name, value in advice.figures.items()}
    reason = words.reasons[advice.code].format(**figures)
    command = "".join(f"<code>{escape(visible(line))}</code>" for line in advice.command.splitlines())
    return f"<li><b>{escape(words.titles[advice.code])}</b> <span>{escape(reason)}</span>{command}</li>"
