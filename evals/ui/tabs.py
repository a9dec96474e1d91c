"""What the evaluations add to the page."""

from evals.run.service import Evaluations
from evals.sessions.service import Sessions
from evals.ui.compare_wiring import ComparePageTab
from evals.ui.deck_wiring import DeckPageTab
from evals.ui.evaluate_wiring import EvaluatePageTab
from evals.ui.standings_wiring import StandingsPageTab
from evals.ui.suite_wiring import SuitePageTab
from llmfirst import PageTab, Services


def measuring_tabs(services: Services, evaluations: Evaluations | None = None) -> list[PageTab]:
    """Return the tabs, which share the machine with each other."""
    evaluations = evaluations or Evaluations(services)
    return [
        ComparePageTab(Sessions(services, evaluations), services),
        DeckPageTab(evaluations.archive),
        StandingsPageTab(evaluations.archive),
        EvaluatePageTab(evaluations),
        SuitePageTab(services, evaluations),
    ]
