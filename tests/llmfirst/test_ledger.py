import pytest

from llmfirst.ledger import GENESIS, Call, CallDraft, chain_holds, sealed
from llmfirst.providers.base import Message, Request, Usage


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


# As the first release stored them, before a call had the fields that came later.
OLD = (
    '{"call_id":"0","purpose":"core","provider":"scripted","model_digest":null,"request":{"model":"m","messages":'
    '[{"role":"user","content":"q"}],"max_tokens":5,"sampling":{"temperature":0.7,"top_p":0.8,"top_k":20,'
    '"repeat_penalty":1.1,"seed":null},"continue_last":false,"top_logprobs":0,"json_schema":null},"reply":"하나",'
    '"finish_reason":"stop","error":null,"usage":null,"timings":null,"started_seconds":0.1,"first_text_seconds":0.2,'
    '"last_text_seconds":0.3,"ended_seconds":0.4,"previous":"' + GENESIS + '",'
    '"sha256":"20c62966ce2784615392b3f886fb888bb87fea6d5ea4065767b3696a594795ff"}'
)


def test_a_chain_from_before_a_field_was_added_holds() -> None:
    old = Call.model_validate_json(OLD)
    assert chain_holds([old])
    assert chain_holds([Call.model_validate_json(old.model_dump_json())])


WIDE = Call.model_validate_json(OLD).request.model_copy(update={"context_tokens": 4096})
THINKING = Call.model_validate_json(OLD).request.model_copy(update={"think": "on"})


@pytest.mark.parametrize(
    "later", [{"pieces": 3}, {"left_out": ("seed",)}, {"finish_word": "eos"}, {"request": THINKING}, {"request": WIDE}]
)
def test_a_later_field_that_is_added_or_removed_shows(later: dict[str, object]) -> None:
    old = Call.model_validate_json(OLD)
    assert not chain_holds([old.model_copy(update=later)])
    draft = CallDraft(**old.model_dump(exclude={"previous", "sha256"})).model_copy(update=later)
    call = sealed(draft, GENESIS)
    assert chain_holds([call])
    assert not chain_holds([old.model_copy(update={"sha256": call.sha256})])


@pytest.mark.parametrize(
    ("usage", "pieces", "tokens"),
    [(None, None, None), (None, 3, 3), (0, 3, 3), (0, None, 0), (12, 3, 12)],
)
def test_tokens_are_counted_by_us_where_the_service_has_not_told(
    usage: int | None, pieces: int | None, tokens: int | None
) -> None:
    told = None if usage is None else Usage(prompt_tokens=9, completion_tokens=usage)
    assert chain("one")[0].model_copy(update={"usage": told, "pieces": pieces}).tokens == tokens


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


def test_numbers_that_an_earlier_version_recorded_unchecked_are_read_as_they_are() -> None:
    (call,) = chain("하나")
    told = {"prompt_tokens": -5, "completion_tokens": 10**12, "cached_tokens": None}
    draft = {**call.model_dump(exclude={"previous", "sha256"}), "usage": told, "timings": {"prefill_seconds": 1e297}}
    stored = sealed(CallDraft.model_validate(draft), GENESIS).model_dump_json()
    read = Call.model_validate_json(stored)
    assert read.usage is not None
    assert read.usage.prompt_tokens == -5
    assert read.model_dump_json() == stored
    assert chain_holds([read])
