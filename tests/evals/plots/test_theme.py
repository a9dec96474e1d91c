"""The colours of the figures: seen on white and on black, and told apart by colour-blind readers."""

from itertools import combinations
from math import cbrt, dist, pow
from typing import Final

from evals.plots.phases import phases_figure
from evals.plots.theme import MUTED, Look, log_ticks, styles
from tests.evals.plots.made import answer

Colour = tuple[float, float, float]
GROUNDS: Final = ("#ffffff", "#0f0f11")  # those of the page, light and dark
# Machado, Oliveira and Fernandes (2009), at full severity: what is left of linear red, green and blue.
SEEN: Final[dict[str, tuple[Colour, Colour, Colour]]] = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else pow((part + 0.055) / 1.055, 2.4)


def contrast(one: str, other: str) -> float:
    """Return the contrast of WCAG 2."""
    low, high = sorted(dot((0.2126, 0.7152, 0.0722), linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def dot(row: Colour, colour: Colour) -> float:
    return sum(part * weight for part, weight in zip(row, colour, strict=True))


def lab(colour: Colour) -> Colour:
    red, green, blue = (min(1.0, max(0.0, part)) for part in colour)
    rows: tuple[Colour, ...] = ((0.4339, 0.3762, 0.1899), (0.2127, 0.7152, 0.0722), (0.0178, 0.1095, 0.8727))
    x, y, z = (dot(row, (red, green, blue)) for row in rows)
    x, y, z = (cbrt(part) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: str, other: str) -> float:
    """Return how different two colours are to the reader who tells them apart worst (CIE 1976)."""
    found = []
    for rows in SEEN.values():
        first, second = (lab((dot(rows[0], c), dot(rows[1], c), dot(rows[2], c))) for c in map(linear, (one, other)))
        found.append(dist(first, second))
    return min(found)


def test_models_are_seen_on_both_themes_and_told_apart_by_every_reader() -> None:
    colours = [style.colour for style in styles(map(str, range(6))).values()]
    assert [one for one in colours for ground in GROUNDS if contrast(one, ground) < 3] == []
    assert [pair for pair in combinations(colours, 2) if difference(*pair) < 15] == []


def test_words_and_phases_on_paper_have_enough_contrast() -> None:
    assert contrast(MUTED, GROUNDS[0]) >= 4.5
    look = Look("en", {})
    bars = [trace for trace in phases_figure([answer(review=1.0)], look).figure.data if trace.type == "bar"]
    named = {trace.name: trace.marker.color for trace in bars if trace.name != look.words.waiting}
    assert [name for name, colour in named.items() if contrast(colour, GROUNDS[0]) < 4.5] == []


def test_a_logarithmic_axis_has_few_round_numbers() -> None:
    assert log_ticks(1, 100) == [1, 2, 5, 10, 20, 50, 100]
    assert log_ticks(1, 300) == [1, 3, 10, 30, 100, 300]
    assert log_ticks(0.04, 90_000) == [0.1, 1, 10, 100, 1000, 10_000]
