"""Decode text files as people's programs write them: UTF-8, UTF-16, and the code page of Korean Windows."""

import codecs
from dataclasses import dataclass
from typing import Final

# Guessing by frequency is wrong for short texts: charset-normalizer 3.5 takes "질문" in CP949 for Big5, and a Chinese
# sentence in GBK for CP949. Korean is told from other code pages by its syllables, which stand in rows of their own.
_SYLLABLES: Final = range(0xB0, 0xC9)
_MARKS: Final = range(0xA1, 0xA4)  # ideographic punctuation, signs, and full-width letters
_LEAST_SYLLABLES: Final = 0.9


@dataclass(frozen=True)
class DecodedText:
    """The text of a file."""

    text: str
    """Without its byte order mark."""

    codec: str
    """The name by which Python opens the file."""

    encoding: str
    """The name for readers: UTF-8, UTF-16 or CP949."""


class UndecodableText(ValueError):
    """The bytes are in no encoding that can be told with certainty."""

    def __init__(self, data: bytes, position: int, encoding: str) -> None:
        super().__init__(f"byte {position + 1} (0x{data[position]:02x}) is not {encoding}")
        self.byte = data[position]
        self.position = position
        """The number of bytes before this one."""
        self.encoding = encoding
        """What the byte is not: UTF-8, or what the byte order mark promises."""
        self.line = data.count(b"\n", 0, position) + 1


def decode_text(data: bytes) -> DecodedText:
    """Return the text of a file; UndecodableText where its encoding is a matter of guessing."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(data, "utf-16", "UTF-16")
    try:
        return _decoded(data, "utf-8-sig", "UTF-8")
    except UndecodableText:
        if not _is_korean(data):
            raise
    return _decoded(data, "cp949", "CP949")


def _decoded(data: bytes, codec: str, encoding: str) -> DecodedText:
    try:
        return DecodedText(data.decode(codec), codec, encoding)
    except UnicodeDecodeError as error:
        before = len(data) - len(error.object)  # utf-8-sig and utf-16 count without the mark
        raise UndecodableText(data, before + error.start, encoding) from error


def _is_korean(data: bytes) -> bool:
    """Tell whether the bytes that are not ASCII are Hangul in CP949, with hardly anything else among them."""
    try:
        signs = [sign.encode("cp949") for sign in data.decode("cp949") if not sign.isascii()]
    except UnicodeDecodeError:
        return False
    letters = [sign for sign in signs if sign[0] not in _MARKS]
    syllables = [sign for sign in letters if sign[0] in _SYLLABLES and sign[1] >= 0xA1]
    return bool(letters) and len(syllables) >= _LEAST_SYLLABLES * len(letters)
