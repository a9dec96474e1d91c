"""A tiny package index on loopback: the "simple" pages and the files that pip asks for."""

import hashlib
import io
import os
import tarfile
import zipfile
from typing import Literal

import pytest

from tests.local_http import Asked, LocalServer, Reply

Fault = Literal["missing", "cut", "held"]


class PackageIndex(LocalServer):
    """Serves what was added; `faults` says, by project, what goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[str, Fault] = {}
        self._files: dict[str, tuple[str, bytes]] = {}

    def add_wheel(self, project: str, version: str, member: str, content: bytes) -> None:
        name = project.replace("-", "_")
        described = f"{name}-{version}.dist-info"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as wheel:
            wheel.writestr(member, content)
            wheel.writestr(f"{described}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n")
            wheel.writestr(f"{described}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{described}/RECORD", "")
        self._files[project] = (f"{name}-{version}-py3-none-any.whl", archive.getvalue())

    def add_source(self, project: str, version: str, setup: str) -> None:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as source:
            entry = tarfile.TarInfo(f"{project}-{version}/setup.py")
            entry.size = len(setup.encode())
            source.addfile(entry, io.BytesIO(setup.encode()))
        self._files[project] = (f"{project}-{version}.tar.gz", archive.getvalue())

    def downloads(self) -> list[str]:
        """Return the projects whose file was asked for, in order."""
        names = {file: project for project, (file, _) in self._files.items()}
        return [names[asked.path.removeprefix("/files/")] for asked in self.asked if "/files/" in asked.path]

    def reply(self, asked: Asked) -> Reply:
        _, kind, name, *_ = [*asked.path.split("/"), "", ""]
        if kind == "simple" and name in self._files and self.faults.get(name) != "missing":
            file, content = self._files[name]
            link = f'<a href="/files/{file}#sha256={hashlib.sha256(content).hexdigest()}">{file}</a>'
            return Reply(body=f"<!DOCTYPE html><html><body>{link}</body></html>".encode(), headers=_HTML)
        for project, (file, content) in self._files.items():
            if kind == "files" and name == file:
                fault = self.faults.get(project)
                return Reply(body=content, held=fault == "held", cut=fault == "cut")
        return Reply(status=404)


_HTML = {"Content-Type": "text/html"}


def point_pip_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip, in this process's children, know this index and no other."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{url}/simple/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_RESUME_RETRIES", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
