"""Limits how many questions are answered at the same time; the others wait in line, first come, first served."""

import asyncio
from collections import deque
from heapq import heapify, heapreplace
from itertools import takewhile

from llmfirst.engine.idle import Idle
from llmfirst.engine.rates import moving_mean
from llmfirst.errors import LineFull


class Admission:
    """The slots and the line of the machine. A question beyond `slots` and `line_limit` is refused."""

    def __init__(self, *, slots: int, line_limit: int) -> None:
        self.slots = slots
        self._line_limit = line_limit
        self._places: deque[Place] = deque()
        self._run_seconds: float | None = None
        self.idle = Idle()
        """Whether anybody has a place."""

    def take_place(
        self, *, is_bounded: bool = True, gives_way: bool = False, loads: str | None = None, asks: str | None = None
    ) -> "Place":
        """Return a new place at the end of the line; the caller must call its `leave`.

        `loads` is the model that is loaded here, `asks` the model of a question: a question does not stand behind the
        load that it waits for. Raises LineFull if the line is full, unless `is_bounded` is False. Places that give way
        and places for loading are not counted.
        """
        count = sum(not place.gives_way and place.loads is None for place in self._places)
        if is_bounded and count >= self.slots + self._line_limit:
            raise LineFull(f"{count - self.slots} questions are waiting already. Try again in a minute.")
        place = Place(self, gives_way=gives_way, loads=loads, asks=asks)
        self._places.append(place)
        self.idle.enter()
        return place

    def ahead_of(self, place: "Place") -> int:
        """Return how many places must leave before this one has a slot; 0 if it has one."""
        before = takewhile(lambda other: other is not place, self._places)
        in_the_way = sum(other.loads is None or other.loads != place.asks for other in before)
        return max(0, in_the_way + 1 - self.slots)

    def expected_seconds(self, place: "Place") -> float | None:
        """Return the expected wait of a place for its slot, in seconds; None before any run has ended.

        Each run is expected to take as long as the moving mean of the earlier ones.
        """
        if self._run_seconds is None:
            return None
        began = [other.running_seconds for other in self._places if other.is_running]
        free = [max(0.0, self._run_seconds - seconds) for seconds in began]
        free += [0.0] * (self.slots - len(free))
        heapify(free)
        for _ in range(self.ahead_of(place) - 1):
            heapreplace(free, free[0] + self._run_seconds)
        return free[0]

    def is_asked(self, model: str) -> bool:
        """Return whether a question to this model has a place, in the line or in a slot."""
        return any(place.asks == model for place in self._places)

    @property
    def is_measured(self) -> bool:
        """Whether a run that gives way has a slot: an evaluation, whose times nothing should disturb."""
        return any(place.gives_way and place.is_running for place in self._places)

    @property
    def running(self) -> int:
        """The number of runs that use the machine now."""
        return sum(place.is_running for place in self._places)

    @property
    def waiting(self) -> int:
        """The number of places that wait for a slot and do not give way."""
        return sum(not place.is_running and not place.gives_way for place in self._places)

    def mark_others(self, place: "Place") -> None:
        """Record that this place and all running ones shared the machine."""
        for other in self._places:
            if other is not place and other.is_running:
                other.was_alone = place.was_alone = False

    def leave(self, place: "Place", run_seconds: float | None) -> None:
        """Remove a place; `run_seconds` is how long it used its slot, None if that tells nothing."""
        if run_seconds is not None:
            self._run_seconds = moving_mean(self._run_seconds, run_seconds)
        self._places.remove(place)
        self.idle.leave()
        for other in self._places:
            other.step()


class Place:
    """The place of one question: first in the line, then a slot."""

    def __init__(
        self, admission: Admission, *, gives_way: bool = False, loads: str | None = None, asks: str | None = None
    ) -> None:
        self.gives_way = gives_way
        self.loads = loads
        """The model that is loaded here; None for a question."""
        self.asks = asks
        """The model that the question is for; None where that is not known."""
        self._admission = admission
        self._moved = asyncio.Event()
        self._began: float | None = None
        self.was_alone = True

    @property
    def ahead(self) -> int:
        """How many places must leave before this one has a slot; 0 if it has one."""
        return self._admission.ahead_of(self)

    @property
    def expected_seconds(self) -> float | None:
        """The expected wait for a slot, in seconds; None before any run has ended."""
        return self._admission.expected_seconds(self)

    @property
    def is_running(self) -> bool:
        return self._began is not None

    @property
    def running_seconds(self) -> float:
        """How long the slot has been used; 0 before that."""
        return 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began

    @property
    def companions(self) -> int:
        """How many runs share the machine now, this one included."""
        return self._admission.running

    @property
    def is_awaited(self) -> bool:
        """Whether anybody waits for a slot."""
        return self._admission.waiting > 0

    async def moved(self) -> None:
        """Wait until a place has left."""
        await self._moved.wait()
        self._moved.clear()

    def begin(self) -> None:
        """Start to use the slot."""
        self._began = asyncio.get_running_loop().time()
        self._admission.mark_others(self)

    def step(self) -> None:
        """Wake whoever waits in `moved`."""
        self._moved.set()

    def leave(self, *, is_measured: bool = True) -> None:
        """Give up the slot or the place in line; must be called exactly once.

        `is_measured`: how long the slot was used tells how long the next runs will use theirs.
        """
        self._admission.leave(self, self.running_seconds if self.is_running and is_measured else None)
