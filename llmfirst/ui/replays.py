"""The replays that visitors have open: each plays the events of one run in the components of a live answer."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, TypeVar

from llmfirst.events import AnswerEvent
from llmfirst.recordings.recording import RecordedMachine
from llmfirst.ui.playhead import Command, Playhead, Speed

View = TypeVar("View")
_BEAT_SECONDS: Final = 0.25
"""How often the clock of a replay is drawn where nothing else happens."""
_STANDING_SECONDS: Final = 5.0
"""How often a replay that stands looks whether its visitor is still there."""
_CLOSING_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Playback:
    """How far a replay is, for the page."""

    run_id: str
    """What the address of the replay names."""

    seconds: float
    total_seconds: float
    speed: Speed
    is_moving: bool
    machine: RecordedMachine | None = None
    """On what the model ran; None for a run of this machine."""


@dataclass
class Replay:
    """One open replay: its visitor moves it while its stream draws it."""

    run_id: str
    events: Sequence[AnswerEvent]
    head: Playhead
    machine: RecordedMachine | None = None
    is_closed: bool = False
    is_stopped: bool = False
    """Whether its visitor wants to see the answer without the player."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when nothing of it is drawn any more."""

    def tell(self, command: Command, now: float) -> None:
        self.head = self.head.told(command, now)
        self.news.set()

    def playback(self, now: float) -> Playback:
        """Return how far it is at an instant of the clock."""
        head = self.head
        return Playback(self.run_id, head.at(now), head.total_seconds, head.speed, head.is_moving(now), self.machine)


def begun(
    run_id: str,
    events: Sequence[AnswerEvent],
    now: float,
    *,
    at_end: bool = False,
    machine: RecordedMachine | None = None,
) -> Replay:
    """Return a replay of these events: playing from the beginning, or standing at the end."""
    total = max(event.elapsed_seconds for event in events)
    head = Playhead(total, is_playing=not at_end, seconds=total if at_end else 0.0, since=now)
    return Replay(run_id, events, head, machine)


class Replays:
    """The open replays, at most one for each visit."""

    def __init__(self) -> None:
        self._open: dict[str, Replay] = {}

    def tell(self, visit: str, command: Command) -> None:
        """Move the replay of a visit; without one nothing happens."""
        if (replay := self._open.get(visit)) is not None:
            replay.tell(command, asyncio.get_running_loop().time())

    def draw_again(self, visit: str | None) -> bool:
        """Draw the replay of a visit once more, because its page has changed; return whether there is one."""
        replay = None if visit is None else self._open.get(visit)
        if replay is not None:
            replay.news.set()
        return replay is not None

    async def close(self, visit: str | None, *, is_stopped: bool = False) -> bool:
        """End the replay of a visit and wait until nothing of it is drawn any more; return whether there was one."""
        replay = None if visit is None else self._open.get(visit)
        if replay is None:
            return False
        replay.is_closed, replay.is_stopped = True, is_stopped
        replay.news.set()
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await replay.left.wait()
        except TimeoutError:  # its page is gone, and nobody asks for its next view
            pass
        return True

    async def play(
        self,
        visit: str,
        replay: Replay,
        start: View,
        draw: Callable[[View, Sequence[AnswerEvent], Playback], Awaitable[View]],
        *,
        pause_seconds: Callable[[View], float],
        is_there: Callable[[], bool],
    ) -> AsyncGenerator[View, None]:
        """Yield what is to be seen of a replay until it is closed, or its visitor is gone.

        `draw` returns a view after more events. Whoever goes back begins with `start` again.
        """
        await self.close(visit)
        self._open[visit] = replay
        now = asyncio.get_running_loop().time
        times = list(accumulate((event.elapsed_seconds for event in replay.events), max))
        view, drawn = start, 0
        try:
            while not replay.is_closed:
                replay.news.clear()
                playback = replay.playback(now())
                reached = bisect_right(times, playback.seconds)
                if reached < drawn:
                    view, drawn = start, 0
                view = await draw(view, replay.events[drawn:reached], playback)
                drawn = reached
                yield view
                if replay.is_closed or (playback.is_moving and not replay.head.is_moving(now())):
                    continue  # it came to its end while it was drawn
                if not await self._moved(replay, times, pause_seconds(view), is_there):
                    return
        finally:
            if self._open.get(visit) is replay:
                del self._open[visit]
            replay.left.set()

    async def _moved(
        self, replay: Replay, times: Sequence[float], pause_seconds: float, is_there: Callable[[], bool]
    ) -> bool:
        """Wait until there is something else to see; return False if nobody is there to see it."""
        now = asyncio.get_running_loop().time
        while not replay.head.is_moving(now()):
            try:
                async with asyncio.timeout(_STANDING_SECONDS):
                    await replay.news.wait()
                return True
            except TimeoutError:
                if not is_there():
                    return False
        place = replay.head.at(now())
        following = bisect_right(times, place)
        next_event = replay.head.clock_seconds(times[following] - place)
        wait = max(pause_seconds, min(_BEAT_SECONDS, next_event))
        try:
            async with asyncio.timeout(wait):
                await replay.news.wait()
        except TimeoutError:
            pass
        return True
