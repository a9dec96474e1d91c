"""Which profile a model gets: by what was set or found for it, never by its name."""

import pytest

from llmfirst.answer import fold
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.profiles import BARE, ProfileBook, load_profiles, model_key
from llmfirst.events import ProfileName, ProfileReason, QuestionSubmitted, answer_events
from llmfirst.providers.base import ModelHandle
from tests.clock import run
from tests.scripted import END, ScriptedProvider, asked, collect, handle

FOUND: dict[str, ProfileName] = {"sha256:0": "instructed"}


def test_every_profile_and_the_rule_of_sizes_name_their_evidence() -> None:
    known = load_profiles()
    assert set(known.profiles) == {"direct", "answer_first", "instructed"}
    assert all(profile.evidence for profile in known.profiles.values())
    assert known.by_size.evidence
    assert {known.by_size.small, known.by_size.large, known.by_size.unknown} <= set(known.profiles)


@pytest.mark.parametrize(
    ("set_to", "found", "parameters", "name", "because"),
    [
        (None, {}, None, "instructed", "size_unknown"),
        (None, {}, 1, "answer_first", "size"),
        (None, {}, 2_999_999_999, "answer_first", "size"),
        (None, {}, 3_000_000_000, "instructed", "size"),
        (None, {}, 70_000_000_000, "instructed", "size"),
        (None, FOUND, 135_000_000, "instructed", "probed"),
        (None, {"sha256:0": "answer_first"}, 7_000_000_000, "answer_first", "probed"),
        (None, {"sha256:1": "instructed"}, 135_000_000, "answer_first", "size"),
        ("direct", FOUND, 7_000_000_000, "direct", "set"),
        ("instructed", {}, 135_000_000, "instructed", "set"),
    ],
)
def test_what_was_set_goes_before_what_was_found_and_that_before_the_size(
    set_to: ProfileName | None,
    found: dict[str, ProfileName],
    parameters: int | None,
    name: ProfileName,
    because: ProfileReason,
) -> None:
    provider = ScriptedProvider()
    provider.can = provider.can.model_copy(update={"parameter_count": parameters})
    chosen = ProfileBook(load_profiles(), set_to, found).choose(handle(provider, "large-70b"))
    assert (chosen.name, chosen.because) == (name, because)
    assert chosen.profile == load_profiles().profiles[name]


def test_what_was_found_counts_from_the_next_question_on() -> None:
    book, asked_for = ProfileBook(load_profiles()), handle(ScriptedProvider())
    assert not book.is_found(asked_for)
    book.learn(asked_for, "answer_first")
    assert book.is_found(asked_for)
    assert book.choose(asked_for)[:2] == ("answer_first", "probed")


def test_a_model_is_known_by_its_weights_and_without_a_digest_by_its_name() -> None:
    provider = ScriptedProvider()
    assert model_key(handle(provider, "one")) == model_key(handle(provider, "other")) == "sha256:0"
    nameless = ModelHandle(provider, "x" * 200, None, warm=lambda: provider.warm("x"))
    assert model_key(nameless) == "x" * 128
    assert model_key(ModelHandle(provider, "phi3", None, warm=nameless.warm)) == "ollama/phi3"


def test_a_run_records_how_the_model_was_asked_and_why() -> None:
    book = ProfileBook(BARE, "direct")
    asking = Engine(Admission(slots=1, line_limit=1), deadline_seconds=120, wait_limit_seconds=9, profiles=book)
    provider = ScriptedProvider(["plan", END], ["core", END], ["details", END], ["end", END])
    events = run(collect(asking.answer(asked(), handle(provider))))
    first = events[0]
    assert isinstance(first, QuestionSubmitted)
    assert (first.profile, first.profile_because) == ("direct", "set")
    assert fold(events).metrics().profile == "direct"


def test_a_run_from_before_there_were_profiles_still_loads() -> None:
    body = (
        '{"elapsed_seconds":0,"type":"question_submitted","run_id":"r","question":"q","language":"en",'
        '"provider":"ollama","model":"m","model_digest":null,"deadline_seconds":120,'
        '"submitted_at":"2026-11-23T00:00:00Z"}'
    )
    event = answer_events.validate_json(body)
    assert isinstance(event, QuestionSubmitted)
    assert event.profile is None
    assert fold([event]).metrics().profile is None


def test_a_run_by_the_default_of_an_older_version_still_loads() -> None:
    body = (
        '{"elapsed_seconds":0,"type":"question_submitted","run_id":"r","question":"q","language":"en",'
        '"provider":"ollama","model":"m","model_digest":null,"deadline_seconds":120,'
        '"submitted_at":"2026-11-23T00:00:00Z","profile":"direct","profile_because":"default"}'
    )
    event = answer_events.validate_json(body)
    assert isinstance(event, QuestionSubmitted)
    assert (event.profile, event.profile_because) == ("direct", "default")
