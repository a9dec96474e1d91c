"""Rate limits: one token bucket per caller."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_CALLERS_LIMIT: Final = 10_000


@dataclass
class _TokenBucket:
    level: float
    filled_at: float


class TokenBuckets:
    """A bucket per caller that holds `size` and fills in `fill_seconds`; `clock` is monotonic, in seconds."""

    def __init__(self, size: int, fill_seconds: float, clock: Callable[[], float]) -> None:
        self._size = size
        self._rate = size / fill_seconds
        self._clock = clock
        self._buckets: dict[str, _TokenBucket] = {}

    def take(self, caller: str) -> int:
        """Take one token and return 0; with none left, return after how many whole seconds there is one."""
        bucket = self._filled(caller)
        if bucket.level >= 1:
            bucket.level -= 1
            return 0
        return max(1, math.ceil((1 - bucket.level) / self._rate))

    def give_back(self, caller: str) -> None:
        """Undo a take."""
        bucket = self._filled(caller)
        bucket.level = min(self._size, bucket.level + 1)

    def _filled(self, caller: str) -> _TokenBucket:
        now = self._clock()
        bucket = self._buckets.pop(caller, None)
        if bucket is None:
            bucket = _TokenBucket(self._size, now)
            if len(self._buckets) >= _CALLERS_LIMIT:  # who has not come for longest is the first one here
                del self._buckets[next(iter(self._buckets))]
        bucket.level = min(self._size, bucket.level + (now - bucket.filled_at) * self._rate)
        bucket.filled_at = now
        self._buckets[caller] = bucket
        return bucket
