"""How fast this machine reads its memory: what a model writes with is read once for each token."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

_BYTES: Final = 64 * 1024 * 1024  # for each processor: more than its cache holds
_TRIES: Final = 8
_MOST_CORES: Final = 8  # more read no faster


def measure_bandwidth() -> float:
    """Return how many bytes a second all processors together read, the best of a few tries. Takes about half a second.

    The best, because whatever else goes on can only make it slower.
    """
    arrays = [np.ones(_BYTES // 8, dtype=np.int64) for _ in range(min(_MOST_CORES, os.cpu_count() or 1))]
    with ThreadPoolExecutor(len(arrays)) as pool:
        times = [_seconds(pool, arrays) for _ in range(_TRIES)]
    return len(arrays) * _BYTES / min(times)


def _seconds(pool: ThreadPoolExecutor, arrays: list[np.ndarray[tuple[int], np.dtype[np.int64]]]) -> float:
    started = time.perf_counter()
    for _ in pool.map(np.max, arrays):
        pass
    return time.perf_counter() - started
