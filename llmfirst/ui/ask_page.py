"""What the Ask tab does: it starts runs and shows what has happened in them so far."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from llmfirst.errors import LlmfirstError, RunUnknown, StoreUnavailable
from llmfirst.events import AS_SET, AnswerEvent, AnswerSettings, Language, QuestionSubmitted, is_end
from llmfirst.machine.room import Fit
from llmfirst.model_options import OptionName
from llmfirst.models import Models
from llmfirst.offers import Offer
from llmfirst.providers.base import Fault, Think
from llmfirst.readiness import Failed, Preparing, Readiness, Ready, readiness_of
from llmfirst.recordings.shipped import Recordings, shipped_recordings
from llmfirst.runs.background_probe import BackgroundProbe
from llmfirst.runs.listeners import Listeners
from llmfirst.runs.owners import Owner
from llmfirst.runs.preflight import preflight
from llmfirst.runs.runs import Runs
from llmfirst.texts import texts_in
from llmfirst.ui.guarantee import ANSWERS, guarantee_panel
from llmfirst.ui.presenter import preflight_line
from llmfirst.ui.refusals import refusal_words
from llmfirst.ui.render import larger_model_line, offer_label, problem_html, readiness_line
from llmfirst.ui.replays import Playback, Replay, Replays, begun
from llmfirst.ui.run_views import AskView, RunViews
from llmfirst.ui.shown_answer import ShownAnswer
from llmfirst.ui.think_picker import Thinking


@dataclass(frozen=True)
class ModelView:
    """How far the chosen model is."""

    language: Language
    line: str
    can_be_asked: bool
    """Whether a question would be answered, perhaps after the model's load."""
    thinking: Thinking
    ignores: tuple[OptionName, ...]
    """What the service of the model cannot be told."""
    is_preparing: bool
    """Whether the model is being downloaded or loaded."""


class AskPage:
    """What the tab can do. It serves all visitors, so it keeps nothing of any of them."""

    def __init__(
        self,
        runs: Runs,
        models: Models,
        *,
        deadline_seconds: float,
        grace_seconds: float,
        probe: BackgroundProbe | None = None,
        think: Think = "auto",
        public_url: str | None = None,
        offers_faults: bool = False,
        recordings: Recordings | None = None,
        larger_model: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.shown = ShownAnswer(runs, public_url)
        self.recordings = shipped_recordings() if recordings is None else recordings
        self.replays = Replays()
        self.views = RunViews(runs, deadline_seconds=deadline_seconds)
        self.spoken = self.views.spoken
        self._runs = runs
        self._models = models
        self._probe = probe
        self._larger_model = larger_model
        self._think: Think = think
        self.deadline_seconds = deadline_seconds
        self.options = runs.options
        """What models are asked with where a visitor sets nothing."""
        self.offers_faults = offers_faults
        """Whether visitors may disturb the model in an answer of their own."""
        self._grace_seconds = grace_seconds
        self.listeners = Listeners()

    def idle(self, language: Language) -> AskView:
        """Return the view without an answer."""
        return self.views.idle(language)

    async def ask(
        self,
        question: str,
        model: str | None,
        language: Language,
        owner: Owner,
        visit: str | None = None,
        settings: AnswerSettings = AS_SET,
        parent_run_id: str | None = None,
        fault: Fault | None = None,
    ) -> AsyncGenerator[AskView, None]:
        """Start a run and show it; a question that is refused shows why.

        If nobody reads the stream of the visit for the grace time, from the start on, the run is stopped.
        """
        try:
            run_id = await self._runs.start(
                question,
                language=language,
                model=model,
                grace_seconds=self._grace_seconds,
                owner=owner,
                settings=settings,
                parent_run_id=parent_run_id,
                fault=fault if self.offers_faults else None,
            )
        except LlmfirstError as error:
            refused = problem_html(refusal_words(error, language))
            yield replace(self.idle(language), problem=refused)
            return
        await self.replays.close(visit)
        now = asyncio.get_running_loop().time
        heard = now()
        async with aclosing(self.views.follow(run_id, language, owner, visit)) as views:
            async for view in views:
                yield view
                if visit is None or self.listeners.is_listening(visit):
                    heard = now()
                elif now() - heard >= self._grace_seconds:
                    break
        self._runs.stop_unless_followed(run_id)

    async def open(
        self, run_id: str | None, language: Language, owner: Owner, visit: str | None = None
    ) -> AsyncGenerator[AskView, None]:
        """Show the run that the page's address names, whether it is stored, still being written or a recording."""
        if run_id is None:
            yield self.idle(language)
            return
        try:
            async with aclosing(self.views.follow(run_id, language, owner, visit)) as views:
                async for view in views:
                    yield view
        except LlmfirstError as error:
            if isinstance(error, RunUnknown) and visit is not None:
                views = self.replay(run_id, language, owner, visit, at_end=True)
                async with aclosing(views):
                    async for view in views:
                        yield view
                return
            refused = problem_html(refusal_words(error, language))
            yield replace(self.idle(language), problem=refused)

    async def translated(
        self, run_id: str | None, language: Language, owner: Owner, visit: str | None
    ) -> AskView | None:
        """Return a run that has ended in another language; None while it is written or played: that is drawn so."""
        if self.replays.draw_again(visit) or (run_id and self._runs.elapsed(run_id) is not None):
            return None
        async with aclosing(self.open(run_id or None, language, owner)) as views:
            return [view async for view in views][-1]

    async def replay(
        self, run_id: str, language: Language, owner: Owner, visit: str, *, at_end: bool = False
    ) -> AsyncGenerator[AskView, None]:
        """Play a recording or a stored run, or show it as it is at its end. A run in progress is shown live.

        The replay is open until somebody asks or stops it, or nobody reads the stream of the visit any more.
        """
        try:
            replay = await self._begun(run_id, owner, at_end=at_end)
        except LlmfirstError as error:
            refused = problem_html(refusal_words(error, language))
            yield replace(self.idle(language), problem=refused)
            return
        if not is_end(replay.events[-1]):
            async with aclosing(self.open(run_id, language, owner)) as views:
                async for view in views:
                    yield view
            return

        async def draw(view: AskView, batch: Sequence[AnswerEvent], playback: Playback) -> AskView:
            drawn = await self.views.after(view, batch, replay.events, self.spoken.now(visit, language))
            drawn = replace(drawn, playback=playback)
            return (
                drawn.at(playback.seconds) if playback.is_moving else replace(drawn, elapsed_seconds=playback.seconds)
            )

        views = self.replays.play(
            visit,
            replay,
            self.idle(language),
            draw,
            pause_seconds=lambda view: view.pause_seconds,
            is_there=lambda: self.listeners.is_listening(visit),
        )
        async with aclosing(views):
            async for view in views:
                yield view
        if replay.is_stopped:
            async with aclosing(self.open(None if replay.machine else run_id, language, owner)) as views:
                async for view in views:
                    yield view

    async def _begun(self, run_id: str, owner: Owner, *, at_end: bool) -> Replay:
        """Return the replay of a recording or of a run of the owner. Raises RunUnknown or RecordingDamaged."""
        now = asyncio.get_running_loop().time()
        try:
            return begun(run_id, await self._runs.so_far(run_id, owner=owner), now, at_end=at_end)
        except RunUnknown:
            recording = await asyncio.to_thread(self.recordings.find, run_id)
            if recording is None:
                raise
            return begun(run_id, recording.events, now, at_end=at_end, machine=recording.machine)

    async def stop(self, run_id: str, owner: Owner) -> None:
        """Stop a run; one that has ended in the meantime is left as it is."""
        try:
            self._runs.stop(run_id, owner=owner)
        except RunUnknown:
            return

    async def guarantee(self, language: Language, owner: Owner) -> str:
        """Return what the stored answers of the owner say about the time limit, as HTML."""
        try:
            counted = await self._runs.guarantee(owner, answers=ANSWERS)
        except StoreUnavailable:  # an answer says so where it cannot be stored
            return ""
        return guarantee_panel(counted, language)

    async def preflight(self, key: str | None, questions: int, language: Language) -> str:
        """Return what is known before so many questions are presented, as HTML."""
        try:
            known = await preflight(self._models, self._runs, await self._offer(key), self._probe)
        except StoreUnavailable as error:
            return problem_html(refusal_words(error, language))
        return preflight_line(known, questions, language)

    async def choose(
        self, key: str | None, language: Language, visit: str | None = None
    ) -> AsyncGenerator[ModelView, None]:
        """Download and load the chosen model and show how far it is. Both go on when the visitor leaves."""
        offer = await self._offer(key)
        fit = await self._fit(offer)
        self._models.begin(offer.key)
        async with aclosing(readiness_of(self._models, offer.key)) as states:
            async for readiness in states:
                yield self._model_view(offer, readiness, self.spoken.now(visit, language), fit)
        checked = await self._models.checked(offer.key)
        if checked != readiness:
            yield self._model_view(offer, checked, self.spoken.now(visit, language))

    def default_model(self, language: Language) -> ModelView:
        """Show how far the default model is, as it is known without a look at its service."""
        offer = self._models.chosen.offer
        return self._model_view(offer, self._models.readiness(offer.key), language)

    async def model_now(self, key: str | None, language: Language) -> ModelView:
        """Show how far the chosen model is now, and whether its service answers."""
        offer = await self._offer(key)
        readiness = await self._models.checked(offer.key)
        fit = await self._fit(offer) if isinstance(readiness, Preparing) else None
        return self._model_view(offer, readiness, language, fit)

    async def asked(self, run_id: str | None, owner: Owner) -> QuestionSubmitted | None:
        """Return the question of the run that the page's address names, or None."""
        if run_id is None or self.recordings.has(run_id):
            return None
        try:
            async with aclosing(self._runs.follow(run_id, owner=owner)) as events:
                async for event in events:
                    return event if isinstance(event, QuestionSubmitted) else None
        except (RunUnknown, StoreUnavailable):  # `open` says so
            pass
        return None

    async def model_key(self, asked: QuestionSubmitted | None) -> str | None:
        """Return the key of the model that was asked, if it is here: showing a run must not start a download."""
        offers = await self._models.offers()
        here = {offer.key for offer in offers if offer.card.is_here}
        key = None if asked is None else f"{asked.provider}/{asked.model}"
        return key if key in here else None

    async def picker(self, key: str | None, language: Language) -> gr.Dropdown:
        """Return the list of models that can be chosen now, with the chosen one."""
        choices = await self._choices(language)
        keys = {offered for _, offered in choices}
        value = key if key in keys else self._models.chosen.offer.key
        return gr.Dropdown(label=texts_in(language).shared.model, choices=choices, value=value)

    async def offered(self, key: str | None, language: Language) -> dict[str, Any]:
        """Return the list of models as it is now. What was chosen stays, unless it is gone."""
        choices = await self._choices(language)
        is_gone = key is not None and key not in {offered for _, offered in choices}
        update: dict[str, Any] = gr.update(choices=choices)
        return {**update, "value": self._models.chosen.offer.key} if is_gone else update

    async def _choices(self, language: Language) -> list[tuple[str, str]]:
        offers = await self._models.offers()
        fits = await self._models.fits(offers)
        return [(offer_label(offer, language, fits.get(offer.key)), offer.key) for offer in offers]

    async def _fit(self, offer: Offer) -> Fit | None:
        """Return how a model would lie in the memory; None for one that is loaded, or where nothing tells."""
        if isinstance(self._models.readiness(offer.key), Ready):
            return None
        return (await self._models.fits(await self._models.offers())).get(offer.key)

    def _model_view(
        self, offer: Offer, readiness: Readiness | None, language: Language, fit: Fit | None = None
    ) -> ModelView:
        probe = None if self._probe is None else self._probe.state(offer.key)
        pays = None if self._probe is None else self._probe.thinking_pays(offer.key)
        waiting = None if isinstance(readiness, Ready) else fit
        chosen = self._models.chosen
        line = readiness_line(offer, chosen, readiness, language, probe, thinking_pays=pays, fit=waiting)
        if isinstance(readiness, Ready) and offer.key == chosen.offer.key:
            line += larger_model_line(self._larger_model(), language)
        able = self._models.provider(offer.provider).capabilities(offer.card.name)
        thinking = Thinking(able.think, is_known=bool(able.think) or isinstance(readiness, Ready), setting=self._think)
        can_be_asked = self._models.can_be_asked(offer.key) and not isinstance(readiness, Failed)
        is_preparing = isinstance(readiness, Preparing)
        return ModelView(language, line, can_be_asked, thinking, able.ignores, is_preparing)

    async def _offer(self, key: str | None) -> Offer:
        if key is None or key == self._models.chosen.offer.key:
            return self._models.chosen.offer
        offers = {offer.key: offer for offer in await self._models.offers()}
        return offers.get(key, self._models.chosen.offer)
