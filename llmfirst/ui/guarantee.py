"""Draw what the stored answers say about the time limit. Pure; everything is escaped."""

from html import escape
from math import ceil
from typing import Final

from llmfirst.events import Language
from llmfirst.stats import miss_rate_bound
from llmfirst.store import Guarantee
from llmfirst.targets import TIERS
from llmfirst.texts import texts_in

ANSWERS: Final = 300
"""How many of the newest answers are counted."""


def guarantee_panel(counted: Guarantee, language: Language) -> str:
    """Return one line with the proven bound of the miss rate; it opens to what is counted apart."""
    texts = texts_in(language).guarantee
    bound = miss_rate_bound(counted.late, counted.answers)
    if bound is None:
        line = texts.none
    else:
        words = texts.newest if counted.answers == ANSWERS else texts.first
        inside, rate = counted.answers - counted.late, f"{ceil(1000 * bound) / 10:.1f}"
        line = words.format(answers=counted.answers, inside=inside, deadline=TIERS[0].total_seconds, rate=rate)
    apart = ((texts.stopped, counted.stopped), (texts.failed, counted.failed), (texts.faulted, counted.faulted))
    items = [escape(words.format(count=count)) for words, count in apart if count]
    if counted.slowest is not None:
        seconds = texts_in(language).shared.seconds.format(seconds=counted.slowest_seconds)
        words = texts.slowest.format(seconds=seconds)
        items.insert(0, f'<a href="?run={escape(counted.slowest)}">{escape(words)}</a>')
    listed = "".join(f"<li>{item}</li>" for item in [*items, escape(texts.method)])
    mark = "late" if counted.late else "kept"
    return f'<details class="guarantee {mark}"><summary>{escape(line)}</summary><ul>{listed}</ul></details>'
