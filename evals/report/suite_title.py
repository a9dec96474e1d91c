"""What a suite is called in a language."""

from evals.suite.cases import SUITE_NAMES, Language, Suite, load_suite
from evals.texts import texts_in


def suite_title(suite: Suite, language: Language) -> str:
    """Return the title of a suite: that of a shipped one in this language, any other one's as it is."""
    is_shipped = suite.name in SUITE_NAMES and suite.title == load_suite(suite.name).title
    return texts_in(language).names.suites[suite.name] if is_shipped else suite.title
