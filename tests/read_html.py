"""What a reader of HTML sees of a text: the letters and digits that a test compares with the source."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    """Collects what is shown; a list's number counts where it stands, and a formula as its source beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        self._inside += [] if tag in ("br", "hr") else [tag]
        if tag == "li" and attributes.get("value"):
            self.shown.append(f"{attributes['value']}. ")

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("br", "hr"):
            assert self._inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if "math" not in self._inside or "annotation" in self._inside:
            self.shown.append(data)


def shown(html: str) -> str:
    """Return the text that HTML shows."""
    return "".join(_read(html).shown)


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the elements of HTML with their attributes."""
    return _read(html).elements


def letters_and_digits(text: str) -> str:
    """Return what no renderer may change."""
    return "".join(sign for sign in text if sign.isalnum())


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._inside == []
    return reader
