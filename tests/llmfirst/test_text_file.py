"""Text files in the encodings of people's programs: what is certain is read, what is not is refused."""

import pytest

from llmfirst.text_file import UndecodableText, decode_text

KOREAN = "대한민국의 수도는 ‘서울’인가요? · 답\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (KOREAN.encode(), "UTF-8"),
        (KOREAN.encode("utf-8-sig"), "UTF-8"),
        (KOREAN.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + KOREAN.encode("utf-16-be"), "UTF-16"),
        (KOREAN.encode("cp949"), "CP949"),
    ],
)
def test_korean_is_read_in_every_encoding_that_a_korean_machine_writes(data: bytes, encoding: str) -> None:
    decoded = decode_text(data)
    assert (decoded.text, decoded.encoding) == (KOREAN, encoding)
    assert data.decode(decoded.codec) == KOREAN


@pytest.mark.parametrize("text", ["질문", "똠얌꿍의 재료는 무엇인가요?"])
def test_short_texts_and_rare_syllables_of_cp949_are_read(text: str) -> None:
    assert decode_text(text.encode("cp949")).text == text


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("é café naïve", "latin-1"),
        ("10 € – 20 €", "cp1252"),
        ("“quoted”", "cp949"),
        ("中国的首都是哪里?", "gbk"),
        ("我想知道这个问题的答案是什么", "gbk"),
        ("東京は日本の首都です", "shift_jis"),
        ("東京は日本の首都です", "euc_jp"),
        ("Привет мир", "cp1251"),
    ],
)
def test_what_could_be_several_encodings_is_not_guessed(text: str, codec: str) -> None:
    with pytest.raises(UndecodableText, match="is not UTF-8"):
        decode_text(text.encode(codec))


def test_a_refusal_says_where_and_what_was_expected() -> None:
    with pytest.raises(UndecodableText) as caught:
        decode_text(b"\xef\xbb\xbfone\ntwo\ncaf\xe9")
    assert (caught.value.line, caught.value.position, caught.value.byte) == (3, 14, 0xE9)
    with pytest.raises(UndecodableText, match="is not UTF-16"):
        decode_text("whole".encode("utf-16") + b"x")
