"""What the Ask tab has for replays: the player, the button on an answer, and the recordings to choose from."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import gradio as gr
from pydantic import ValidationError

from llmfirst.events import Language
from llmfirst.recordings.recording import RecordingDamaged
from llmfirst.recordings.shipped import Recordings
from llmfirst.texts import texts_in
from llmfirst.ui.playhead import Command
from llmfirst.ui.replays import Replays
from llmfirst.ui.updates import Updates
from llmfirst.visible_text import visible

logger = logging.getLogger(__name__)
_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}

PlayCallback = Callable[[str | None, Language, gr.Request], AsyncGenerator[Updates, None]]


@dataclass(frozen=True)
class ReplayTab:
    """The components."""

    player: gr.HTML
    again: gr.Button
    """Plays the answer that is shown."""
    title: gr.HTML
    recordings: dict[str, gr.Button]
    """By the names of the recordings."""


def build_recordings(recordings: Recordings, language: Language) -> tuple[gr.HTML, dict[str, gr.Button]]:
    """Place the recordings to choose from, each with its question."""
    with gr.Row(elem_id="recordings"):
        title = gr.HTML(recordings_title(language, is_preparing=True), elem_id="recordings-title", padding=False)
        buttons = {
            name: gr.Button(_label(recordings, name, spoken), size="sm", min_width=240, elem_classes="recording")
            for spoken, name in recordings.names.items()
        }
    return title, buttons


def build_again(language: Language) -> gr.Button:
    """Place the button that plays an answer; it is not to be seen before there is one."""
    return gr.Button(texts_in(language).replay.replay, size="sm", elem_id="replay", min_width=90, visible=False)


def recordings_title(language: Language, *, is_preparing: bool) -> str:
    """Return what the recordings are for while a model is downloaded or loaded, and otherwise."""
    texts = texts_in(language).replay
    if is_preparing:
        return f'<h2 class="waiting">{escape(texts.until_ready)}</h2>'
    return f"<h2>{escape(texts.title)}</h2>"


def wire_replays(
    tab: ReplayTab, replays: Replays, play: PlayCallback, outputs: list[Any], shown: gr.Textbox, language: gr.Radio
) -> None:
    """Connect the components. `shown` is the run that is shown, `play` the callback that shows a replay."""

    async def on_command(event: gr.EventData, request: gr.Request) -> None:
        try:
            command = Command.model_validate(event._data)
        except ValidationError as error:  # no player of ours sent it
            logger.info("a command for a replay is none: %s", error.errors(include_input=False, include_url=False))
            return
        if request.session_hash is not None:
            replays.tell(request.session_hash, command)

    def playing(name: str) -> Callable[[Language, gr.Request], AsyncGenerator[Updates, None]]:
        async def on_recording(chosen: Language, request: gr.Request) -> AsyncGenerator[Updates, None]:
            async with aclosing(play(name, chosen, request)) as views:
                async for view in views:
                    yield view

        return on_recording

    # A replay is open until it is closed: another one may be wanted before.
    tab.again.click(play, [shown, language], outputs, trigger_mode="multiple", **_QUIET)
    for name, button in tab.recordings.items():
        button.click(playing(name), language, outputs, trigger_mode="multiple", **_QUIET)
    tab.player.input(on_command, None, None, trigger_mode="multiple", **_QUIET)


def _label(recordings: Recordings, name: str, spoken: Language) -> str:
    """Return the question of a recording, and below it what came of it, in the language of the recording."""
    texts = texts_in(spoken)
    try:
        recording = recordings.open(name)
    except RecordingDamaged as error:
        logger.warning("%s: %s", name, error)
        return texts.replay.unnamed.format(language=texts.page.language_name)
    submitted, seconds = recording.submitted, recording.events[-1].elapsed_seconds
    about = texts.replay.recorded.format(model=submitted.model, seconds=seconds)
    return f"{visible(submitted.question)}\n{visible(about)}"
