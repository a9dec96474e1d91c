import math

import pytest

from llmfirst.one_token import share_of_first
from llmfirst.providers.base import TokenLogprob


def token(text: str, share: float, *others: tuple[str, float]) -> TokenLogprob:
    top = tuple(TokenLogprob(token=each, logprob=math.log(mass)) for each, mass in ((text, share), *others))
    return top[0].model_copy(update={"top": top if others else ()})


@pytest.mark.parametrize(
    ("told", "reply", "share"),
    [
        (token("Yes", 0.6, ("No", 0.2), ("yes", 0.1), ("\n", 0.1)), "Yes", 0.7 / 0.9),
        (token(" NO", 0.9, ("maybe", 0.1)), "NO", 0.0),
        (token("Yes", 0.9), "Yes", 1.0),
        (token("I", 0.9, ("The", 0.1)), "I", None),
        (None, " yes\n", 1.0),
        (None, "No", 0.0),
        (None, "No.", None),
        (None, "", None),
    ],
)
def test_a_choice_is_read_from_one_token(told: TokenLogprob | None, reply: str, share: float | None) -> None:
    found = share_of_first(("Yes", "No"), told, reply)
    assert found == (None if share is None else pytest.approx(share))
