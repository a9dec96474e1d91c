"""A small HTTP server on loopback, in a thread, whose answers can be held back in the middle."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Asked:
    """One request; `byte_range` is the Range header."""

    method: str
    path: str
    byte_range: str | None


@dataclass(frozen=True)
class Reply:
    """What is sent; with `held`, one half at once and the other when the server is told to go on."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    held: bool = False
    cut: bool = False


class LocalServer:
    """Answers on `url` inside a `with`; a subclass says what."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.go_on = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                request = Asked(self.command, self.path, self.headers.get("Range"))
                outer.asked.append(request)
                with suppress(ConnectionError):  # the client may leave, or be killed
                    self._send(outer.reply(request))

            do_HEAD = do_GET

            def _send(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in ({"Content-Length": str(len(reply.body))} | reply.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "HEAD":
                    return
                middle = len(reply.body) // 2 if reply.held or reply.cut else len(reply.body)
                self.wfile.write(reply.body[:middle])
                self.wfile.flush()
                if reply.cut:
                    self.close_connection = True
                    return
                if reply.held:
                    outer.go_on.wait(timeout=30)
                self.wfile.write(reply.body[middle:])

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def reply(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
