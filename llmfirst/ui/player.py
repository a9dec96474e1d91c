"""The player of a replay: what it is told, and what it shows."""

from importlib import resources
from typing import Final, TypedDict

import gradio as gr

from llmfirst.events import Language, QuestionSubmitted
from llmfirst.texts import texts_in
from llmfirst.ui.playhead import Speed
from llmfirst.ui.replays import Playback
from llmfirst.visible_text import visible

# Gradio draws a template again where it changes with the value: the script fills this one in.
_TEMPLATE: Final = (
    '<div class="player" role="group" hidden><strong class="badge"></strong><span class="about"></span>'
    '<div class="controls"><button type="button" class="play"><span class="name"></span></button>'
    '<input type="range" min="0" step="0.5"><span class="time"></span><span class="speeds">'
    '<button type="button" class="speed" value="1"></button><button type="button" class="speed" value="4"></button>'
    '<button type="button" class="speed" value="instant"></button></span>'
    '<button type="button" class="leave"></button></div></div>'
)


class Words(TypedDict):
    """The words of the player; `{at}` and `{total}` in `time` are filled in by its script."""

    badge: str
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
        player_of(None, None, language),
        html_template=_TEMPLATE,
        js_on_load=resources.files("llmfirst.ui").joinpath("player.js").read_text(encoding="utf-8"),
        elem_id="player",
        padding=False,
        apply_default_css=False,
    )


def player_of(playback: Playback | None, submitted: QuestionSubmitted | None, language: Language) -> Player:
    """Return what the component shows of a replay of the run that began with `submitted`."""
    texts = texts_in(language).replay
    words = Words(
        badge=texts.badge,
        play=texts.play,
        pause=texts.pause,
        place=texts.place,
        time=texts.time,
        leave=texts.leave,
        speeds=dict(texts.speeds),
    )
    if playback is None or submitted is None:
        return Player(run_id="", about="", seconds=0.0, total_seconds=0.0, speed="1", is_moving=False, words=words)
    about, machine = texts.own, playback.machine
    if machine is not None:
        about = texts.about.format(
            model=visible(submitted.model),
            date=f"{submitted.submitted_at:%Y-%m-%d}",
            processor=visible(machine.processor),
            cores=machine.cores,
        )
    return Player(
        run_id=playback.run_id,
        about=about,
        seconds=round(playback.seconds, 1),
        total_seconds=round(playback.total_seconds, 1),
        speed=playback.speed,
        is_moving=playback.is_moving,
        words=words,
    )
