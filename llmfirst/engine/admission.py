"""Slots, and the line before them: who asks first is answered first."""

import asyncio
from collections import deque

from llmfirst.errors import LineFull


class Admission:
    """So many questions at once, so many waiting; one more is refused."""

    def __init__(self, *, slots: int, line_limit: int) -> None:
        self._slots = slots
        self._line_limit = line_limit
        self._places: deque[Place] = deque()

    def take_place(self, *, is_bounded: bool = True) -> "Place":
        """Stand in the line; LineFull when it is bounded and full. The place is left by `Place.leave`."""
        if is_bounded and len(self._places) >= self._slots + self._line_limit:
            raise LineFull(f"{len(self._places) - self._slots} questions are waiting already. Try again in a minute.")
        place = Place(self)
        self._places.append(place)
        return place

    def ahead_of(self, place: "Place") -> int:
        """Count who goes first: 0 means that this place has a slot."""
        return max(0, self._places.index(place) + 1 - self._slots)

    def leave(self, place: "Place") -> None:
        self._places.remove(place)
        for other in self._places:
            other.step()


class Place:
    """One question's place in the line, then its slot."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._moved = asyncio.Event()

    @property
    def ahead(self) -> int:
        return self._admission.ahead_of(self)

    async def moved(self) -> None:
        """Wait until somebody before this place has left."""
        await self._moved.wait()
        self._moved.clear()

    def step(self) -> None:
        self._moved.set()

    def leave(self) -> None:
        """Give the slot or the place in the line back; must be called once."""
        self._admission.leave(self)
