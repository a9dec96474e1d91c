"""Several tests at once: p values that stay honest when many differences are looked at."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the adjusted p values, in the same order.

    The chance that any true hypothesis gets one at or below a level is at most that level, however the tests depend on
    each other.

    Raises ValueError for a value outside 0 to 1.
    Source: Holm, Scand. J. Statist. 6 (1979) 65.
    """
    if not all(0 <= value <= 1 for value in p_values):
        raise ValueError(f"A p value must be between 0 and 1: {p_values}")
    adjusted, least = [0.0] * len(p_values), 0.0
    for place, number in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - place) * p_values[number]))
        adjusted[number] = least
    return tuple(adjusted)
