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


def test_every_profile_names_its_evidence_and_an_unknown_model_has_the_default() -> None:
    known = load_profiles()
    assert set(known.profiles) == {"direct", "answer_first", "instructed"}
    assert all(profile.evidence for profile in known.profiles.values())
    assert known.default == "direct"


@pytest.mark.parametrize(
    ("set_to", "found", "name", "because"),
    [
        (None, {}, "direct", "default"),
        (None, FOUND, "instructed", "probed"),
        (None, {"sha256:1": "instructed"}, "direct", "default"),
        ("direct", FOUND, "direct", "set"),
        ("instructed", {}, "instructed", "set"),
    ],
)
def test_what_was_set_goes_before_what_was_found_and_that_before_the_default(
    set_to: ProfileName | None, found: dict[str, ProfileName], name: ProfileName, because: ProfileReason
) -> None:
    chosen = ProfileBook(load_profiles(), set_to, found).choose(handle(ScriptedProvider()))
    assert (chosen.name, chosen.because) == (name, because)
    assert chosen.profile == load_profiles().profiles[name]


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
