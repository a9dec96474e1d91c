"""Whether the memory holds one more model."""

import pytest

from llmfirst.machine.room import FitKind, FreeMemory, fit_of, memory_needed, read_free_memory

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("size", "free", "loaded", "kind"),
    [
        (1 * GB, FreeMemory(4 * GB), 0, "beside"),
        (2 * GB, FreeMemory(2 * GB), 2 * GB, "instead"),
        (4 * GB, FreeMemory(2 * GB), 2 * GB, "too_large"),
        (4 * GB, FreeMemory(2 * GB, 8 * GB), 0, "beside"),
        (4 * GB, FreeMemory(2 * GB, 1 * GB), 8 * GB, "instead"),
        (4 * GB, FreeMemory(8 * GB, 3 * GB), 0, "split"),
        (4 * GB, FreeMemory(1 * GB, 3 * GB), 0, "too_large"),
    ],
)
def test_a_model_lies_beside_the_others_or_instead_of_them_or_not_in_one_piece(
    size: int, free: FreeMemory, loaded: int, kind: FitKind
) -> None:
    fit = fit_of(size, 8192, free, loaded_bytes=loaded, uses_gpu=True)
    assert fit.kind == kind
    assert fit.needed_bytes == memory_needed(size, 8192) > size
    assert (fit.doubt is not None) == (kind in ("split", "too_large"))


def test_a_gpu_counts_for_nothing_where_it_is_not_used() -> None:
    free = FreeMemory(8 * GB, 1 * GB)
    assert fit_of(4 * GB, 8192, free, uses_gpu=False).kind == "beside"
    assert fit_of(4 * GB, 65_536, free, uses_gpu=False).kind == "too_large"  # its context is longer


def test_what_is_free_is_read_on_this_machine() -> None:
    assert read_free_memory().bytes > 0
