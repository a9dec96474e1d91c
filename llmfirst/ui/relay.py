"""Values that the browser hands on: a callback's output is one component, from which a script fills many.

Gradio visits every component that was ever the output of a callback, and all components of a tab that was, at each
update of the page: ten times a second while an answer is written. The outputs of a script are left out of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
from gradio.blocks import Block

from llmfirst.ui.updates import Updates

_HAND_ON: Final = "(given) => given.map((value) => value ?? undefined)"


@dataclass(frozen=True)
class Relay:
    """The component that is the output, and those that get its values."""

    component: gr.HTML
    receivers: Sequence[Block]

    def updates(self, shown: Updates) -> Updates:
        """Return the same updates as one. Receivers without an update stay as they are, and choices are pairs."""
        return {self.component: [shown.get(one) for one in self.receivers]}

    def follow(self, event: Any) -> None:
        """Hand the values on after an event that brings them."""
        event.then(None, self.component, [*self.receivers], js=_HAND_ON, api_visibility="private")


def build_relay(receivers: Sequence[Block]) -> Relay:
    """Place the component, which is not to be seen."""
    return Relay(gr.HTML([], html_template="<span></span>", visible="hidden"), receivers)
