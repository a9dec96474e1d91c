"""The line of downloads in words, and the buttons beside a model."""

from dataclasses import replace

import pytest

from llmfirst.downloads import Download, DownloadStage
from llmfirst.errors import ProviderRejected
from llmfirst.model_problem import ModelProblem
from llmfirst.offers import Offer
from llmfirst.providers.base import ModelCard
from llmfirst.ui.downloads_render import downloads_html
from llmfirst.ui.model_actions import model_actions

HALF = Download("ollama", "big:1b", "downloading", 550_000_000, 1_100_000_000, 5_000_000.0)


def test_a_download_tells_its_bytes_its_speed_and_the_time_left_in_both_languages() -> None:
    assert "Downloading · 550 MB of 1.1 GB (50 %) · 5.0 MB/s · about 2 min left" in downloads_html([HALF], "en")
    assert "내려받는 중 · 1.1 GB 중 550 MB (50 %) · 5.0 MB/s · 약 2분 남음" in downloads_html([HALF], "ko")
    fast, slow = replace(HALF, bytes_per_second=5e7), replace(HALF, bytes_per_second=1e5)
    assert "about 11 s left" in downloads_html([fast], "en")
    assert "about 1 h 32 min left" in downloads_html([slow], "en")
    assert downloads_html([], "en") == ""


@pytest.mark.parametrize(
    ("stage", "acts"),
    [
        ("waiting", ["stop"]),
        ("downloading", ["stop"]),
        ("checking", ["stop"]),
        ("stopped", ["resume", "discard"]),
        ("failed", ["resume", "discard"]),
        ("done", ["dismiss"]),
    ],
)
def test_each_stage_offers_what_can_be_done(stage: DownloadStage, acts: list[str]) -> None:
    drawn = downloads_html([replace(HALF, stage=stage)], "en")
    assert drawn.count("data-model-act") == len(acts)
    assert all(f'data-model-act="{act}" data-model="ollama/big:1b"' in drawn for act in acts)
    awaited = downloads_html([replace(HALF, stage=stage, is_awaited=True)], "en")
    assert 'data-model-act="discard"' not in awaited


def test_why_it_failed_and_what_a_model_is_called_are_text_and_no_html() -> None:
    error = ProviderRejected("<b>", ModelProblem(code="ollama_old", model="<i>", said="<u>\u202e"))
    drawn = downloads_html([replace(HALF, model="<script>", stage="failed", error=error)], "ko")
    assert "Ollama가 오래되어" in drawn
    assert "&lt;i&gt;" in drawn
    assert not any(sign in drawn for sign in ("<script>", "<i>", "<u>", "\u202e"))


def test_a_model_offers_what_can_be_done_with_it() -> None:
    def acts(card: ModelCard) -> list[str]:
        drawn = model_actions(Offer("ollama", card), "en")
        return [piece.partition('"')[0] for piece in drawn.split('data-model-act="')[1:]]

    assert acts(ModelCard(name="a", is_here=False)) == ["download"]
    assert acts(ModelCard(name="a", is_loaded=False)) == ["load", "delete"]
    assert acts(ModelCard(name="a", is_loaded=True)) == ["unload", "delete"]
    assert model_actions(Offer("openai", ModelCard(name="a")), "en") == ""
