"""What is wrong with a model or its service, in the words of the page."""

from llmfirst.events import Language
from llmfirst.model_problem import ModelProblem
from llmfirst.texts import texts_in


def problem_words(problem: ModelProblem | None, message: str, language: Language) -> str:
    """Return the sentence of a problem with the service's own words; without one, the English message of the error."""
    texts = texts_in(language).problems
    if problem is None or problem.code not in texts.sentences:
        return message
    sentence = texts.sentences[problem.code].format(**problem.model_dump())
    return f"{sentence} {texts.said.format(said=problem.said)}" if problem.said else sentence
