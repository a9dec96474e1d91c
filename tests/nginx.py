"""The nginx that is on this machine, with the recipe of `deploy/` and other ports."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

RECIPE: Final = Path(__file__).parents[1] / "deploy" / "nginx.conf"
_PORTS: Final = ("127.0.0.1:7861", "127.0.0.1:7862")
_LISTENS: Final = "listen 8080;"
_START_SECONDS: Final = 10.0
_AROUND: Final = """daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{recipe}
}}
"""


@contextmanager
def nginx(folder: Path, port: int, pages: Sequence[str]) -> Iterator[str]:
    """Let nginx pass on what comes to a port of loopback, by the recipe; `pages` are host:port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("no nginx is on this machine")
    recipe = RECIPE.read_text(encoding="utf-8")
    for written, given in ((_LISTENS, f"listen 127.0.0.1:{port};"), *zip(_PORTS, pages, strict=True)):
        assert written in recipe
        recipe = recipe.replace(written, given)
    config = folder / "nginx.conf"
    config.write_text(_AROUND.format(folder=folder, recipe=recipe), encoding="utf-8")
    with subprocess.Popen([program, "-e", str(folder / "error.log"), "-c", str(config), "-p", str(folder)]) as process:
        try:
            _wait_until_served(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_until_served(port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < end, "nginx does not serve"
            time.sleep(0.02)
