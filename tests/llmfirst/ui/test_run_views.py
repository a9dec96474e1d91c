"""What the page shows of an answer while it is written, on virtual time."""

from contextlib import aclosing
from itertools import pairwise
from pathlib import Path

from llmfirst.runs.owners import LOCAL
from llmfirst.ui.run_views import AskView, RunViews
from tests.clock import run
from tests.live_runs import opened
from tests.scripted import END, PerSection, Step


def test_a_text_comes_ten_times_a_second_and_the_clocks_move_twice(tmp_path: Path) -> None:
    pieces: list[Step] = [step for number in range(30) for step in (f"w{number} ", 0.1)]

    async def main() -> list[AskView]:
        provider = PerSection(["plan", END], [*pieces, END], ["details", END], ["end", END])
        async with opened(tmp_path, provider) as runs:
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=30, owner=LOCAL)
            async with aclosing(RunViews(runs, deadline_seconds=120).follow(run_id, "en", LOCAL, None)) as views:
                return [view async for view in views]

    views = run(main())
    texts = {view.panels["core"].text for view in views}
    clocks = [view.elapsed_seconds for view in views if view.answer.end is None]
    assert len(texts) > 25
    assert clocks == sorted(clocks)
    moved = [(before, after) for before, after in pairwise(clocks) if after > before]
    assert len(moved) <= 2 * 3 + 4  # and where a state or a phase begins
    end = views[-1].answer.end
    assert end is not None
    assert views[-1].elapsed_seconds == end.elapsed_seconds
