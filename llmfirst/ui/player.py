"""The player of a replay: what it is told, and what it shows."""

from importlib import resources
from typing import Final, TypedDict

import gradio as gr

from llmfirst.events import Language
from llmfirst.texts import texts_in
from llmfirst.ui.playhead import Speed
from llmfirst.ui.replays import Playback

# Gradio draws a template again where it changes with the value: the script fills this one in.
_TEMPLATE: Final = (
    '<div class="player" role="group" hidden><span class="about"></span>'
    '<div class="controls"><button type="button" class="play"><span class="name"></span></button>'
    '<input type="range" min="0" step="0.5"><span class="time"></span><span class="speeds">'
    '<button type="button" class="speed" value="1"></button><button type="button" class="speed" value="4"></button>'
    '<button type="button" class="speed" value="instant"></button></span>'
    '<button type="button" class="leave"></button></div></div>'
)


class Words(TypedDict):
    """The words of the player; `{at}` and `{total}` in `time` are filled in by its script."""

    name: str
    play: str
    pause: str
    place: str
    time: str
    leave: str
    speeds: dict[Speed, str]


class Player(TypedDict):
    """What the component is given."""

    run_id: str
    """What the address of the replay names; empty without one, when nothing is to be seen."""
    about: str
    seconds: float
    total_seconds: float
    speed: Speed
    is_moving: bool
    words: Words


def build_player(language: Language) -> gr.HTML:
    """Place the component, which is not to be seen before there is a replay."""
    return gr.HTML(
        player_of(None, language),
        html_template=_TEMPLATE,
        js_on_load=resources.files("llmfirst.ui").joinpath("player.js").read_text(encoding="utf-8"),
        elem_id="player",
        padding=False,
        apply_default_css=False,
    )


def player_of(playback: Playback | None, language: Language) -> Player:
    """Return what the component shows of a replay."""
    texts = texts_in(language).replay
    words = Words(
        name=texts.name,
        play=texts.play,
        pause=texts.pause,
        place=texts.place,
        time=texts.time,
        leave=texts.leave,
        speeds=dict(texts.speeds),
    )
    if playback is None:
        return Player(run_id="", about="", seconds=0.0, total_seconds=0.0, speed="1", is_moving=False, words=words)
    return Player(
        run_id=playback.run_id,
        about=texts.own if playback.machine is None else texts.shipped,
        seconds=round(playback.seconds, 1),
        total_seconds=round(playback.total_seconds, 1),
        speed=playback.speed,
        is_moving=playback.is_moving,
        words=words,
    )
