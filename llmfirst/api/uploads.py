"""Uploads: each file belongs to who sent it, and what is sent must be files."""

import json
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.formparsers import MultiPartException
from starlette.types import Message, Receive, Send

from llmfirst.runs.owners import Owner

_LIMIT: Final = 1000  # files of one owner that can still be used
_NO_FILE: Final = 'Each part of an upload is a file: send it with the name "files" and a filename.'


class Uploads:
    """Who sent which file; kept in memory, as Gradio keeps what was uploaded."""

    def __init__(self) -> None:
        self._paths: dict[Owner, dict[str, None]] = {}

    def has(self, path: str, owner: Owner) -> bool:
        """Tell whether the owner has sent this file; two who send the same each have it."""
        return path in self._paths.get(owner, {})

    def add(self, paths: list[str], owner: Owner) -> None:
        own = self._paths.setdefault(owner, {})
        own.update(dict.fromkeys(paths))
        for old in list(own)[:-_LIMIT]:
            del own[old]

    def noting(self, send: Send, owner: Owner) -> Send:
        """Return a `send` that notes the paths in Gradio's answer to an upload."""
        status, told = 0, b""

        async def send_and_note(message: Message) -> None:
            nonlocal status, told
            status = message.get("status", status)
            told += message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body") and status == 200:
                self.add(json.loads(told), owner)
            await send(message)

        return send_and_note


class _Parts:
    """Reads along in a multipart body and raises MultiPartException at a part that is no file."""

    def __init__(self, boundary: bytes) -> None:
        self._name = self._value = self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
            },
        )

    def read(self, piece: bytes) -> None:
        self._parser.write(piece)

    def _on_part_begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != b"files" or b"filename" not in options:
            raise MultiPartException(_NO_FILE)


def files_only(receive: Receive, content_type: str) -> Receive:
    """Return a `receive` that raises MultiPartException where the body is no upload of files.

    Gradio removes what has come and answers that with 400; of any other field it breaks.
    """
    _, options = parse_options_header(content_type)
    parts = _Parts(options.get(b"boundary", b"-"))

    async def receive_files() -> Message:
        message = await receive()
        try:
            parts.read(message.get("body", b""))
        except FormParserError as error:
            raise MultiPartException("The upload is no multipart form.") from error
        return message

    return receive_files
