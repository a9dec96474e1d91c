"""Slots, and the line before them: who asks first is answered first."""

import asyncio
from collections import deque
from heapq import heapify, heapreplace

from llmfirst.engine.rates import moving_mean
from llmfirst.errors import LineFull


class Admission:
    """So many questions at once, so many waiting; one more is refused."""

    def __init__(self, *, slots: int, line_limit: int) -> None:
        self._slots = slots
        self._line_limit = line_limit
        self._places: deque[Place] = deque()
        self._run_seconds: float | None = None

    def take_place(self, *, is_bounded: bool = True, gives_way: bool = False) -> "Place":
        """Stand in the line; LineFull when it is bounded and full. The place is left by `Place.leave`.

        One that gives way to others is not counted against them.
        """
        count = sum(not place.gives_way for place in self._places)
        if is_bounded and count >= self._slots + self._line_limit:
            raise LineFull(f"{count - self._slots} questions are waiting already. Try again in a minute.")
        place = Place(self, gives_way=gives_way)
        self._places.append(place)
        return place

    def ahead_of(self, place: "Place") -> int:
        """Count who goes first: 0 means that this place has a slot."""
        return max(0, self._places.index(place) + 1 - self._slots)

    def expected_seconds(self, place: "Place") -> float | None:
        """Return how long it will be until a place has a slot, in seconds; None before any run has ended.

        Each run takes as long as the last ones did: a moving mean in which the newest counts 0.3.
        """
        if self._run_seconds is None:
            return None
        began = [other.running_seconds for other in self._places if other.is_running]
        free = [max(0.0, self._run_seconds - seconds) for seconds in began]
        free += [0.0] * (self._slots - len(free))
        heapify(free)
        for _ in range(self.ahead_of(place) - 1):
            heapreplace(free, free[0] + self._run_seconds)
        return free[0]

    @property
    def running(self) -> int:
        """Return how many runs use the machine now."""
        return sum(place.is_running for place in self._places)

    @property
    def waiting(self) -> int:
        """Return how many wait for a slot and give way to nobody."""
        return sum(not place.is_running and not place.gives_way for place in self._places)

    def mark_others(self, place: "Place") -> None:
        """Remember of every run that it shared the machine."""
        for other in self._places:
            if other is not place and other.is_running:
                other.was_alone = place.was_alone = False

    def leave(self, place: "Place", run_seconds: float | None) -> None:
        if run_seconds is not None:
            self._run_seconds = moving_mean(self._run_seconds, run_seconds)
        self._places.remove(place)
        for other in self._places:
            other.step()


class Place:
    """One question's place in the line, then its slot."""

    def __init__(self, admission: Admission, *, gives_way: bool = False) -> None:
        self.gives_way = gives_way
        self._admission = admission
        self._moved = asyncio.Event()
        self._began: float | None = None
        self.was_alone = True

    @property
    def ahead(self) -> int:
        return self._admission.ahead_of(self)

    @property
    def expected_seconds(self) -> float | None:
        """Return how long it will take to a slot, in seconds; None when nothing was measured yet."""
        return self._admission.expected_seconds(self)

    @property
    def is_running(self) -> bool:
        return self._began is not None

    @property
    def running_seconds(self) -> float:
        """Return how long the slot has been used; 0 before."""
        return 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began

    @property
    def companions(self) -> int:
        """Return how many runs, this one among them, share the machine now."""
        return self._admission.running

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for this slot or another."""
        return self._admission.waiting > 0

    async def moved(self) -> None:
        """Wait until somebody before this place has left."""
        await self._moved.wait()
        self._moved.clear()

    def begin(self) -> None:
        """The slot is used from now on."""
        self._began = asyncio.get_running_loop().time()
        self._admission.mark_others(self)

    def step(self) -> None:
        self._moved.set()

    def leave(self) -> None:
        """Give the slot or the place in the line back; must be called once."""
        self._admission.leave(self, self.running_seconds if self.is_running else None)
