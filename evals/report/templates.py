"""Renders values as HTML for the report and the page, with all values escaped."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evals.records.local_time import local_time
from evals.report.suite_title import evaluation_title, suite_title
from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import markdown_html, shared_texts, visible

FOLDER: Final = Path(__file__).parent


def drawn(template: str, language: Language, **values: Any) -> str:
    """Render a template of this folder with `values` and the texts of the language."""
    context = {"language": language, "texts": texts_in(language), "shared": shared_texts(language)}
    return _environment().get_template(template).render(context | values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["markdown"] = markdown_html
    environment.globals["local_time"] = local_time
    environment.globals["suite_title"] = suite_title
    environment.globals["evaluation_title"] = evaluation_title
    return environment


def _visible(value: object) -> object:
    """Show hidden signs in everything but HTML, which is a model's answer."""
    return visible(value, keep="\n\t") if type(value) is str else value
