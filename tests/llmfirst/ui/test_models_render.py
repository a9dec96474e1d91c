"""The table of all models says what is known of each, and nothing that is not."""

from dataclasses import replace

from llmfirst.engine.profiles import ChosenProfile, load_profiles
from llmfirst.engine.rates import Rates
from llmfirst.errors import ProviderUnavailable
from llmfirst.offers import Choice, Found, Offer
from llmfirst.providers.base import Capabilities, ModelCard
from llmfirst.readiness import Failed, Preparing, Ready
from llmfirst.runs.inventory import Inventory, KnownModel
from llmfirst.store import UsualTimes
from llmfirst.ui.models_render import models_html
from tests.read_html import shown

CARD = ModelCard(
    name="<i>m</i>",
    size_bytes=2_700_000_000,
    parameters="4.0B",
    quantization="Q4_K_M",
    is_loaded=True,
    context_tokens=262_144,
    thinks=True,
    gpu_share=0.4,
)
OFFER = Offer("ollama", CARD, "127.0.0.1:11434")
KNOWN = KnownModel(
    OFFER,
    Ready(1.0),
    Capabilities(prefill=True, logprobs=True),
    ChosenProfile("instructed", "probed", load_profiles().profiles["instructed"]),
    Rates(token_seconds=0.05),
    UsualTimes(1.42, 52.0, 7),
)
AWAY = replace(
    KNOWN, offer=Offer("ollama", ModelCard(name="away", is_here=False)), rates=Rates(), times=None, readiness=None
)


def drawn(*models: KnownModel, found: Found | None = None, language: str = "en") -> str:
    there = found or Found("ollama", "ollama", "127.0.0.1:11434", "Ollama 0.32.15", tuple(one.offer for one in models))
    stock = Inventory((there,), models, Choice(OFFER, "last_used"))
    return models_html(stock, "ko" if language == "ko" else "en", context_tokens=8192, setting="auto")


def test_a_row_says_size_context_abilities_place_and_what_was_measured() -> None:
    html = drawn(KNOWN, AWAY)
    text = shown(html)
    for part in ("2.7 GB", "4.0B · Q4_K_M", "8K of 256K", "thinks", "can judge", "warm 40 % on the GPU"):
        assert part in text
    for part in ("1.4 s", "median of 7", "20.0 tok/s", "by its own plan", "found by a trial"):
        assert part in text
    assert "Ollama 0.32.15 127.0.0.1:11434" in text
    assert "answers now: the model used last" in text
    assert "<i>" not in html
    assert '<td class="rate unknown"' in html  # nothing is invented for what was never measured
    assert "not here" in text


def test_where_a_model_computes_and_how_far_it_is_are_told_in_the_language_of_the_page() -> None:
    on_cpu = replace(KNOWN, offer=replace(OFFER, card=CARD.model_copy(update={"gpu_share": 0.0})))
    assert "준비됨 CPU" in shown(drawn(on_cpu, language="ko"))
    coming = replace(AWAY, readiness=Preparing("downloading", 5, 10))
    assert "준비 중 50 %" in shown(drawn(coming, language="ko"))
    assert "오류" in shown(drawn(replace(KNOWN, readiness=Failed("no memory")), language="ko"))


def test_a_provider_that_is_gone_says_what_to_do_and_others_what_they_would_need() -> None:
    gone = Found("ollama", "ollama", "127.0.0.1:11434", error=ProviderUnavailable("Start it with `ollama serve`."))
    text = shown(drawn(found=gone))
    assert "does not answer Start it with `ollama serve`." in text
    assert "no server is set (--base-url)" in text
    assert "No provider offers a model." in text
