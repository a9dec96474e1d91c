from llmfirst.ledger import GENESIS, Call, CallDraft, chain_holds, sealed
from llmfirst.providers.base import Message, Request


def chain(*replies: str) -> list[Call]:
    calls: list[Call] = []
    for number, reply in enumerate(replies):
        draft = CallDraft(
            call_id=str(number),
            purpose="core",
            provider="scripted",
            model_digest=None,
            request=Request(model="m", messages=(Message(role="user", content="q"),), max_tokens=5),
            reply=reply,
            finish_reason="stop",
            error=None,
            usage=None,
            timings=None,
            started_seconds=0.1,
            first_text_seconds=0.2,
            last_text_seconds=0.3,
            ended_seconds=0.4,
        )
        calls.append(sealed(draft, calls[-1].sha256 if calls else GENESIS))
    return calls


def test_a_chain_that_was_stored_and_read_holds() -> None:
    assert chain_holds(Call.model_validate_json(call.model_dump_json()) for call in chain("하나", "two", "three"))


def test_one_changed_character_shows() -> None:
    calls = chain("one", "two")
    calls[0] = calls[0].model_copy(update={"reply": "0ne"})
    assert not chain_holds(calls)


def test_a_removed_call_shows() -> None:
    one, _, three = chain("one", "two", "three")
    assert not chain_holds([one, three])


def test_two_swapped_calls_show() -> None:
    one, two = chain("one", "two")
    assert not chain_holds([two, one])


def test_a_call_that_an_earlier_version_stored_has_its_hash_today() -> None:
    (call,) = chain("하나")
    assert call.sha256 == "20c62966ce2784615392b3f886fb888bb87fea6d5ea4065767b3696a594795ff"
    assert '"json_schema":null' in call.model_dump_json()  # the hash covers it, though nothing sets it any more
