"""An answer as Markdown, to be copied. Pure."""

from llmfirst.answer import Answer
from llmfirst.events import SECTIONS, Language
from llmfirst.texts import texts_in


def answer_markdown(answer: Answer, language: Language) -> str:
    """Return the question as a heading and each section under its title, without what the model thought."""
    names = texts_in(language).shared.phases
    question = "" if answer.submitted is None else " ".join(answer.submitted.question.split())
    sections = [f"## {names[phase]}\n\n{text}" for phase in SECTIONS if (text := answer.text(phase).strip())]
    return "\n\n".join([f"# {question}", *sections]) + "\n"
