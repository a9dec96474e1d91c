import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from llmfirst.engine.admission import Admission
from llmfirst.errors import (
    DownloadFailed,
    ModelInUse,
    ModelMissing,
    ModelTooLarge,
    ModelUnusable,
    NoModelList,
    NotReady,
    ProviderRejected,
    ProviderUnavailable,
)
from llmfirst.machine.room import FreeMemory
from llmfirst.models import Models
from llmfirst.offers import Because, Choice, Offer, Suited
from llmfirst.providers.base import Capabilities, Chunk, ModelCard, ProviderKind, Pulled, Request, Warmth
from llmfirst.readiness import Failed, Preparing, Readiness, Ready, readiness_of
from tests.clock import run
from tests.scripted import PerSection

SMALL = ModelCard(name="small", size_bytes=1)
MIDDLE = ModelCard(name="middle", size_bytes=5)
BIG = ModelCard(name="big", size_bytes=9)
EMBEDDED = ModelCard(name="catalogue", size_bytes=5, is_here=False, default_because="index_only")


class Shelf(PerSection):
    """A provider with cards on it; pulls are scripted, loads take a second."""

    def __init__(
        self,
        kind: ProviderKind,
        cards: Sequence[ModelCard] | Exception,
        pulls: Sequence[Pulled | Exception] = (),
    ) -> None:
        super().__init__(load_seconds=1)
        self.kind = kind
        self.cards = cards
        self.pulls = pulls
        self.warmed: list[str] = []
        self.warm_failures: list[Exception] = []
        self.unloaded: list[str] = []
        self.deleted: list[str] = []
        self.answering: list[str] = []

    async def models(self) -> tuple[ModelCard, ...]:
        if isinstance(self.cards, Exception):
            raise self.cards
        return tuple(self.cards)

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        await super().warm(model)
        if self.warm_failures:
            raise self.warm_failures.pop(0)
        self.warmed.append(model)
        return Warmth(was_cold=len(self.warmed) == 1, placement=f"load {len(self.warmed)}")

    def can_pull(self, model: str) -> bool:
        return "/" not in model and (self.kind == "ollama" or model in ("catalogue", "small"))

    def is_answering(self, model: str) -> bool:
        return model in self.answering

    async def discard(self, model: str) -> None: ...

    async def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
        for step in self.pulls:
            if isinstance(step, Exception):
                raise step
            await asyncio.sleep(1)
            yield step

    async def show(self, model: str) -> ModelCard:
        if model != "shown":
            raise ModelMissing(f"There is no model {model} on {self.kind}.")
        return ModelCard(name=model)

    async def unload(self, model: str) -> None:
        self.unloaded.append(model)

    async def delete(self, model: str) -> None:
        self.deleted.append(model)
        assert not isinstance(self.cards, Exception)
        self.cards = [card for card in self.cards if card.name != model]


ABSENT = ProviderUnavailable("Ollama does not answer.")


async def larger(offers: Sequence[Offer]) -> tuple[Offer, Because] | None:
    """Say that a machine keeps the times with all models below 9 bytes."""
    able = [offer for offer in offers if (offer.card.size_bytes or 0) < 9]
    return (max(able, key=lambda offer: offer.card.size_bytes or 0), "in_time") if able else (offers[0], "fastest")


async def knows_nothing(_: Sequence[Offer]) -> None:
    return None


def choose(*shelves: Shelf, model: str | None = None, last: str | None = None, suited: Suited = larger) -> Choice:
    models = Models({shelf.kind: shelf for shelf in shelves}, Admission(slots=1, line_limit=1))
    return run(models.choose(model, lambda _: last, suited))


def told(choice: Choice) -> tuple[str, str, str]:
    return choice.offer.key, choice.because, choice.ollama


def test_ollama_comes_first_and_the_model_that_suits_the_machine_is_taken_not_the_smallest() -> None:
    cards = [SMALL, MIDDLE, BIG, ModelCard(name="embedding", size_bytes=8, is_chat=False)]
    assert told(choose(Shelf("ollama", cards), Shelf("embedded", [EMBEDDED]))) == (
        "ollama/middle",
        "in_time",
        "answers",
    )
    assert told(choose(Shelf("ollama", [BIG, BIG.model_copy(update={"name": "huge"})])))[:2] == (
        "ollama/big",
        "fastest",
    )


def test_the_model_used_last_goes_before_the_one_that_suits_if_it_is_here() -> None:
    cards = [SMALL, MIDDLE, ModelCard(name="mine", size_bytes=2), ModelCard(name="away", size_bytes=2, is_here=False)]
    assert told(choose(Shelf("ollama", cards), last="mine"))[:2] == ("ollama/mine", "last_used")
    for gone in ("gone", "away"):
        assert told(choose(Shelf("ollama", cards), last=gone))[:2] == ("ollama/middle", "in_time")
    assert told(choose(Shelf("embedded", [EMBEDDED, SMALL]), last="small"))[:2] == ("embedded/small", "last_used")


def test_where_nothing_is_known_of_the_machine_a_loaded_model_is_taken_else_the_first() -> None:
    cards = [MIDDLE, SMALL, BIG.model_copy(update={"is_loaded": True})]
    assert told(choose(Shelf("ollama", cards), suited=knows_nothing))[:2] == ("ollama/big", "loaded")
    assert told(choose(Shelf("ollama", cards[:2]), suited=knows_nothing))[:2] == ("ollama/middle", "first")


def test_the_embedded_default_is_small_at_first_and_a_larger_one_is_taken_once_it_is_here_and_suits() -> None:
    large = ModelCard(name="large", size_bytes=8, is_here=False)
    here, default = large.model_copy(update={"is_here": True}), EMBEDDED.model_copy(update={"is_here": True})
    assert told(choose(Shelf("embedded", [SMALL, EMBEDDED, large])))[:2] == ("embedded/catalogue", "index_only")
    assert told(choose(Shelf("embedded", [SMALL, default, here])))[:2] == ("embedded/large", "in_time")
    assert told(choose(Shelf("embedded", [default, here]), suited=knows_nothing))[:2] == (
        "embedded/catalogue",
        "index_only",
    )


def test_without_an_ollama_the_embedded_default_is_taken_and_why_is_known() -> None:
    absent = choose(Shelf("ollama", ABSENT), Shelf("embedded", [SMALL, EMBEDDED]))
    assert told(absent) == ("embedded/catalogue", "index_only", "absent")
    empty = choose(Shelf("ollama", []), Shelf("embedded", [EMBEDDED]))
    assert told(empty) == ("embedded/catalogue", "index_only", "no_chat_model")


def test_a_model_that_was_set_is_taken_where_it_is_found() -> None:
    shelves = Shelf("ollama", [SMALL]), Shelf("embedded", [EMBEDDED])
    assert told(choose(*shelves, model="small"))[:2] == ("ollama/small", "set")
    assert told(choose(*shelves, model="catalogue"))[:2] == ("embedded/catalogue", "set")
    assert told(choose(Shelf("embedded", [EMBEDDED]), model="shown"))[:2] == ("embedded/shown", "set")


def test_a_model_that_nobody_has_is_refused_with_every_way_to_get_it() -> None:
    with pytest.raises(ModelMissing, match=r"no model none on ollama.*no model none on embedded"):
        choose(Shelf("ollama", [SMALL]), Shelf("embedded", [EMBEDDED]), model="none")


def test_an_only_provider_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(ProviderUnavailable):
        choose(Shelf("ollama", ABSENT))
    with pytest.raises(ModelMissing, match="ollama pull"):
        choose(Shelf("ollama", []))


async def followed(models: Models, key: str) -> list[Readiness]:
    return [readiness async for readiness in readiness_of(models, key)]


def test_a_model_is_downloaded_then_loaded_and_every_follower_sees_it_once() -> None:
    pulls = [
        Pulled(stage="downloading", done_bytes=2, total_bytes=5),
        Pulled(stage="checking", done_bytes=5, total_bytes=5),
    ]
    shelf = Shelf("embedded", [EMBEDDED], pulls)

    async def main() -> None:
        models = Models({"embedded": shelf}, Admission(slots=1, line_limit=1))
        key = (await models.choose(None, lambda _: None)).offer.key
        with pytest.raises(NotReady):
            models.handle(None)
        models.begin(key)
        models.begin(key)
        one, two = await asyncio.gather(followed(models, key), followed(models, key))
        assert one == two
        assert Preparing("downloading", 2, 5) in one
        assert one[-2:] == [Preparing("loading"), Ready(warm_seconds=1.0)]
        assert models.handle(key).model == "catalogue"
        await models.aclose()

    run(main())
    assert shelf.warmed == ["catalogue"]


def test_who_asks_a_cold_model_that_is_here_waits_for_its_load_and_one_that_is_not_says_so() -> None:
    shelf = Shelf("embedded", [SMALL, EMBEDDED])

    async def main() -> None:
        models = Models({"embedded": shelf}, Admission(slots=1, line_limit=1))
        await models.choose(None, lambda _: None)
        with pytest.raises(NotReady, match="choose it on the page"):
            models.handle("embedded/catalogue")
        one, two = models.handle("embedded/small"), models.handle("embedded/small")
        models.begin("embedded/small")
        first, second = await asyncio.gather(one.warm(), two.warm())
        assert first == second == Warmth(was_cold=True, placement="load 1")
        assert models.readiness("embedded/small") == Ready(warm_seconds=1.0)
        await models.aclose()

    run(main())
    assert shelf.warmed == ["small"]


def test_a_failed_download_is_told_and_can_be_begun_again() -> None:
    shelf = Shelf("embedded", [EMBEDDED], [DownloadFailed("The disk is full: free space.")])

    async def main() -> None:
        models = Models({"embedded": shelf}, Admission(slots=1, line_limit=1))
        key = (await models.choose(None, lambda _: None)).offer.key
        models.begin(key)
        assert (await followed(models, key))[-1] == Failed("The disk is full: free space.")
        with pytest.raises(NotReady, match="disk is full"):
            models.handle(key)
        shelf.pulls = []
        models.begin(key)
        assert isinstance((await followed(models, key))[-1], Ready)
        await models.aclose()

    run(main())


def test_loading_waits_until_the_answer_before_it_is_over() -> None:
    shelf = Shelf("ollama", [SMALL])

    async def main() -> None:
        admission = Admission(slots=1, line_limit=1)
        models = Models({"ollama": shelf}, admission)
        key = (await models.choose(None, lambda _: None)).offer.key
        place = admission.take_place()
        models.begin(key)
        await asyncio.sleep(5)
        assert shelf.warmed == []
        place.leave()
        assert isinstance((await followed(models, key))[-1], Ready)
        await models.aclose()

    run(main())


def test_a_model_is_brought_into_memory_again_behind_the_answer_before_it_and_the_line_is_no_load() -> None:
    shelf = Shelf("ollama", [SMALL])

    async def main() -> None:
        admission = Admission(slots=1, line_limit=1)
        models = Models({"ollama": shelf}, admission)
        key = (await models.choose(None, lambda _: None)).offer.key
        assert await models.load(key) == 1.0
        place = admission.take_place()
        loading = asyncio.create_task(models.load(key))
        await asyncio.sleep(5)
        assert shelf.warmed == ["small"]
        place.leave()
        assert await loading == 1.0
        assert shelf.warmed == ["small", "small"]
        await models.aclose()

    run(main())


def test_a_load_that_fails_says_why_to_who_wanted_it() -> None:
    shelf = Shelf("embedded", [EMBEDDED], [DownloadFailed("The disk is full: free space.")])

    async def main() -> None:
        models = Models({"embedded": shelf}, Admission(slots=1, line_limit=1))
        key = (await models.choose(None, lambda _: None)).offer.key
        with pytest.raises(ProviderUnavailable, match="disk is full"):
            await models.load(key)
        shelf.pulls = []
        assert await models.load(key) == 1.0
        await models.aclose()

    run(main())


def test_a_deletion_frees_nothing_where_another_name_has_the_same_weights() -> None:
    cards = [ModelCard(name=name, size_bytes=5, digest="d") for name in ("one", "two")]

    async def main() -> None:
        models = Models({"ollama": Shelf("ollama", cards)}, Admission(slots=1, line_limit=1))
        await models.choose("one", lambda _: None)
        assert await models.delete("ollama/two") is None
        assert await models.delete("ollama/one") == 5
        await models.aclose()

    run(main())


def beside(shelf: Shelf, free_bytes: int, *, gives_way: bool = False) -> tuple[list[str], list[str]]:
    """Choose the big model while the small one answers; return what was loaded then, and after the answer."""

    async def main() -> tuple[list[str], list[str]]:
        admission = Admission(slots=1, line_limit=1)
        models = Models({shelf.kind: shelf}, admission, free_memory=lambda: FreeMemory(free_bytes))
        await models.choose("small", lambda _: None)
        assert await models.load(f"{shelf.kind}/small") == 1.0
        place = admission.take_place(asks=f"{shelf.kind}/small", gives_way=gives_way)
        place.begin()
        models.begin(f"{shelf.kind}/big")
        await asyncio.sleep(5)
        during = [*shelf.warmed]
        assert place.was_alone == (len(during) == 1)
        place.leave()
        await asyncio.sleep(5)
        await models.aclose()
        return during, shelf.warmed

    return run(main())


def test_another_model_is_loaded_while_one_answers_where_the_memory_holds_both() -> None:
    cards = [SMALL, ModelCard(name="big", size_bytes=2_000_000_000)]
    assert beside(Shelf("embedded", cards), 8_000_000_000)[0] == ["small", "big"]
    assert beside(Shelf("embedded", cards), 2_000_000_000) == (["small"], ["small", "big"])
    # An evaluation is measured.
    assert beside(Shelf("embedded", cards), 8_000_000_000, gives_way=True) == (["small"], ["small", "big"])


def test_a_service_that_displaces_the_model_that_answers_is_asked_for_no_other_beside_it_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Single(Shelf):
        """Holds one model at a time, whatever the memory says."""

        async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
            warmth = await super().warm(model)
            assert not isinstance(self.cards, Exception)
            self.cards = [card.model_copy(update={"is_loaded": card.name == model}) for card in self.cards]
            return warmth

    shelf = Single("embedded", [ModelCard(name=name, size_bytes=5) for name in ("a", "b", "c")])

    async def main() -> None:
        admission = Admission(slots=1, line_limit=1)
        models = Models({"embedded": shelf}, admission, free_memory=lambda: FreeMemory(8_000_000_000))
        await models.choose("a", lambda _: None)
        await models.load("embedded/a")
        await models.offers()
        place = admission.take_place(asks="embedded/a")
        place.begin()
        models.begin("embedded/b")
        await asyncio.sleep(5)
        models.begin("embedded/c")
        await asyncio.sleep(5)
        assert shelf.warmed == ["a", "b"]
        place.leave()
        await models.aclose()

    run(main())
    assert "embedded/b displaced embedded/a" in caplog.text


def test_how_a_model_would_lie_in_the_memory_is_told_of_those_of_this_machine_only() -> None:
    cards = [SMALL.model_copy(update={"is_loaded": True}), ModelCard(name="big", size_bytes=9_000_000_000)]

    async def fits(shelf: Shelf, address: str | None) -> dict[str, str]:
        shelf.address = address
        models = Models({shelf.kind: shelf}, Admission(slots=1, line_limit=1), free_memory=lambda: FreeMemory(10**9))
        await models.choose("small", lambda _: None)
        return {key: fit.kind for key, fit in (await models.fits(await models.offers())).items()}

    assert run(fits(Shelf("ollama", cards), "127.0.0.1:11434")) == {"ollama/big": "too_large"}
    assert run(fits(Shelf("ollama", cards), "elsewhere:11434")) == {}
    assert run(fits(Shelf("embedded", cards), None)) == {"embedded/big": "too_large"}


def test_a_name_is_brought_by_the_catalogue_first_and_else_from_a_registry() -> None:
    async def main() -> None:
        ollama, embedded = Shelf("ollama", [SMALL]), Shelf("embedded", [EMBEDDED])
        models = Models({"ollama": ollama, "embedded": embedded}, Admission(slots=1, line_limit=1))
        assert models.bring("catalogue") == "embedded/catalogue"
        assert models.bring("qwen3:4b") == "ollama/qwen3:4b"
        with pytest.raises(ProviderRejected, match="no name of a model"):
            models.bring("../up")
        with pytest.raises(ProviderUnavailable):
            models.fetch("openai/anything")
        await models.aclose()

    run(main())


def test_a_download_that_somebody_waits_for_is_stopped_resumed_and_then_loaded() -> None:
    pulls = [Pulled(stage="downloading", done_bytes=done, total_bytes=5) for done in (1, 3, 5)]
    shelf = Shelf("embedded", [EMBEDDED], pulls)

    async def main() -> None:
        models = Models({"embedded": shelf}, Admission(slots=1, line_limit=1))
        key = (await models.choose(None, lambda _: None)).offer.key
        models.begin(key)
        await asyncio.sleep(1.5)
        await models.downloads.stop(key)
        await asyncio.sleep(0)
        assert models.readiness(key) == Preparing("stopped", 1, 5)
        with pytest.raises(NotReady):
            models.handle(key)
        await models.discard(key)  # not what somebody waits for
        models.begin(key)
        assert isinstance((await followed(models, key))[-1], Ready)
        await models.aclose()

    run(main())
    assert shelf.warmed == ["catalogue"]


def test_a_model_is_neither_unloaded_nor_deleted_under_an_answer() -> None:
    shelf = Shelf("ollama", [SMALL, BIG])

    async def main() -> None:
        admission = Admission(slots=1, line_limit=1)
        models = Models({"ollama": shelf}, admission)
        key = (await models.choose(None, lambda _: None)).offer.key
        loading = asyncio.create_task(models.load(key))
        await asyncio.sleep(0.5)
        with pytest.raises(ModelInUse):
            await models.unload(key)
        assert await loading == 1.0
        place = admission.take_place(asks=key)
        await asyncio.sleep(0)
        for refused in (models.unload(key), models.delete(key)):
            with pytest.raises(ModelInUse, match="small is in use"):
                await refused
        place.leave()
        shelf.answering = ["small"]  # to a judge, who has no place
        with pytest.raises(ModelInUse):
            await models.delete(key)
        shelf.answering = []
        await models.unload(key)
        assert models.readiness(key) is None
        assert (shelf.unloaded, shelf.deleted) == (["small"], [])
        models.begin_again(key)
        assert isinstance((await followed(models, key))[-1], Ready)
        await models.aclose()

    run(main())


def test_after_the_default_model_is_deleted_another_one_is_the_default() -> None:
    shelf = Shelf("ollama", [SMALL, BIG])

    async def main() -> None:
        models = Models({"ollama": shelf}, Admission(slots=1, line_limit=1))
        assert (await models.choose(None, lambda _: None)).offer.key == "ollama/small"
        assert await models.delete("ollama/small") == 1
        assert (models.chosen.offer.key, models.chosen.because) == ("ollama/big", "left")
        assert [offer.key for offer in await models.offers()] == ["ollama/big"]
        with pytest.raises(ModelMissing):
            await models.delete("ollama/small")
        await models.aclose()

    run(main())


class Unlisted:
    """A provider without a list, and without a way to bring or show a model."""

    name = "openai"
    kind: ProviderKind = "openai"
    address: str | None = None

    def __init__(self, cards: Sequence[ModelCard] | Exception, load_error: Exception | None = None) -> None:
        self.cards = cards
        self.load_error = load_error

    def capabilities(self, model: str) -> Capabilities:
        return Capabilities(prefill=False, logprobs=False)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        yield Chunk()

    async def models(self) -> tuple[ModelCard, ...]:
        if isinstance(self.cards, Exception):
            raise self.cards
        return tuple(self.cards)

    async def build(self) -> str | None:
        return None

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        if self.load_error is not None:
            raise self.load_error
        return Warmth(was_cold=False, placement="there")

    async def aclose(self) -> None: ...


@pytest.mark.parametrize("cards", [[], NoModelList("There is no list: name the model with --model.")])
def test_a_model_that_is_named_needs_no_list(cards: Sequence[ModelCard] | Exception) -> None:
    async def main() -> None:
        models = Models({"openai": Unlisted(cards)}, Admission(slots=1, line_limit=1))
        for name in ("one", "two"):
            assert told(await models.choose(name, lambda _: None))[:2] == (f"openai/{name}", "set")
        assert [offer.key for offer in await models.offers()] == ["openai/one", "openai/two"]
        models.begin("openai/one")
        assert isinstance((await followed(models, "openai/one"))[-1], Ready)
        with pytest.raises(ModelMissing, match="--model") if cards == [] else pytest.raises(NoModelList):
            await models.choose(None, lambda _: None)
        await models.aclose()

    run(main())


def test_a_question_does_not_stand_behind_the_load_that_it_waits_for_and_another_one_does() -> None:
    shelf = Shelf("ollama", [SMALL, BIG])

    async def main() -> None:
        admission = Admission(slots=1, line_limit=1)
        models = Models({"ollama": shelf}, admission)
        await models.choose(None, lambda _: None)
        models.begin("ollama/big")
        await asyncio.sleep(0.5)
        place, other = admission.take_place(asks="ollama/big"), admission.take_place(asks="ollama/small")
        assert (place.ahead, other.ahead) == (0, 2)
        await asyncio.sleep(1)
        assert isinstance(models.readiness("ollama/big"), Ready)
        assert (place.ahead, other.ahead) == (0, 1)
        await models.aclose()

    run(main())


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_bug_in_a_load_is_told_and_the_next_load_can_work(is_asked: bool, caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf("openai", [SMALL])
    shelf.warm_failures = [ZeroDivisionError("a bug of ours")]

    async def main() -> None:
        models = Models({"openai": shelf}, Admission(slots=1, line_limit=1))
        key = (await models.choose(None, lambda _: None)).offer.key
        if is_asked:
            with pytest.raises(ZeroDivisionError):
                await models.handle(key).warm()
        else:
            models.begin(key)
        told = (await followed(models, key))[-1]
        assert isinstance(told, Failed)
        assert "internal error" in told.message
        await asyncio.sleep(1)
        models.begin(key)
        assert isinstance((await followed(models, key))[-1], Ready)
        await models.aclose()

    run(main())
    assert is_asked or "ZeroDivisionError: a bug of ours" in caplog.text


def test_a_model_that_is_not_in_a_list_is_refused_with_the_names_in_it() -> None:
    models = Models({"openai": Unlisted([SMALL, BIG])}, Admission(slots=1, line_limit=1))
    with pytest.raises(ModelMissing, match="does not have the model none: choose one of small, big"):
        run(models.choose("none", lambda _: None))


@pytest.mark.parametrize(
    ("error", "kind"), [(ModelTooLarge("Choose a smaller one."), ModelUnusable), (ABSENT, NotReady)]
)
def test_a_failure_that_lasts_is_not_told_as_one_that_passes(error: Exception, kind: type[Exception]) -> None:
    async def main() -> None:
        models = Models({"openai": Unlisted([SMALL], error)}, Admission(slots=1, line_limit=1))
        key = (await models.choose(None, lambda _: None)).offer.key
        models.begin(key)
        assert (await followed(models, key))[-1] == Failed(str(error), is_lasting=kind is ModelUnusable)
        with pytest.raises(kind, match=str(error)):
            models.handle(key)
        await models.aclose()

    run(main())


def test_a_model_that_is_downloaded_says_how_far_it_is_and_can_be_asked_when_it_is_only_to_be_loaded() -> None:
    shelf = Shelf("embedded", [EMBEDDED], [Pulled(stage="downloading", done_bytes=2_000_000, total_bytes=5_000_000)])

    async def main() -> None:
        models = Models({"embedded": shelf}, Admission(slots=1, line_limit=1))
        key = (await models.choose(None, lambda _: None)).offer.key
        models.begin(key)
        await asyncio.sleep(1.5)
        assert models.readiness(key) == Preparing("loading")
        assert models.can_be_asked(key)
        shelf.pulls = [shelf.pulls[0]] * 2
        again = Models({"embedded": shelf}, Admission(slots=1, line_limit=1))
        await again.choose(None, lambda _: None)
        again.begin(key)
        await asyncio.sleep(1.5)
        with pytest.raises(NotReady, match=r"catalogue is being downloaded \(2 of 5 MB\): ask again"):
            again.handle(key)
        assert not again.can_be_asked(key)
        await models.aclose()
        await again.aclose()

    run(main())


def test_a_load_that_failed_is_told_with_its_reason_and_tried_once_more() -> None:
    shelf = Shelf("ollama", [SMALL])
    shelf.warm_failures = [ProviderUnavailable("Ollama does not answer: start it.")]

    async def main() -> None:
        models = Models({"ollama": shelf}, Admission(slots=1, line_limit=1))
        key = (await models.choose(None, lambda _: None)).offer.key
        with pytest.raises(ProviderUnavailable):
            await models.handle(key).warm()
        with pytest.raises(NotReady, match="start it"):
            models.handle(key)
        assert (await models.handle(key).warm()).placement == "load 1"
        await models.aclose()

    run(main())


async def loaded(shelf: Shelf) -> tuple[Models, str]:
    """Return models whose only one has been loaded, and its key."""
    models = Models({"ollama": shelf}, Admission(slots=1, line_limit=1))
    key = (await models.choose(None, lambda _: None)).offer.key
    models.begin(key)
    await followed(models, key)
    return models, key


def test_who_gives_up_waiting_does_not_cut_the_load() -> None:
    shelf = Shelf("ollama", [SMALL])

    async def main() -> None:
        models, key = await loaded(shelf)
        handle = models.handle(key)
        waiting = asyncio.ensure_future(handle.warm())
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.sleep(1)
        assert shelf.warmed == ["small", "small"]
        await models.aclose()

    run(main())


def test_all_who_wait_for_one_load_are_told_the_same_of_it() -> None:
    shelf = Shelf("ollama", [SMALL])

    async def main() -> None:
        models, key = await loaded(shelf)
        one, two = await asyncio.gather(models.handle(key).warm(), models.handle(key).warm())
        assert one == two == Warmth(was_cold=False, placement="load 2")
        await models.aclose()

    run(main())


def test_the_picker_offers_every_provider_that_answers_and_the_chosen_file() -> None:
    async def main() -> None:
        shelves: dict[ProviderKind, Shelf] = {
            "ollama": Shelf("ollama", ABSENT),
            "embedded": Shelf("embedded", [EMBEDDED]),
        }
        models = Models(shelves, Admission(slots=1, line_limit=1))
        await models.choose("shown", lambda _: None)
        assert [offer.key for offer in await models.offers()] == ["embedded/catalogue", "embedded/shown"]

    run(main())
