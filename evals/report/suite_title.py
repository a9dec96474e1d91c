"""What suites and evaluations are called in a language."""

from evals.records.captions import Caption
from evals.records.evaluation import Evaluation
from evals.suite.cases import SUITE_NAMES, Language, Suite, load_suite
from evals.texts import texts_in


def suite_title(suite: Suite, language: Language) -> str:
    """Return the title of a suite: that of a shipped one in this language, any other one's as it is."""
    is_shipped = suite.name in SUITE_NAMES and suite.title == load_suite(suite.name).title
    return texts_in(language).names.suites[suite.name] if is_shipped else suite.title


def evaluation_title(evaluation: Evaluation, caption: Caption, language: Language) -> str:
    """Return what people call an evaluation, with its suite; the suite alone while it has no name."""
    suite = suite_title(evaluation.suite, language)
    return f"{caption.name} · {suite}" if caption.name else suite
