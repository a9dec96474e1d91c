"""What the evaluations add to the page."""

from evals.run.service import Evaluations
from evals.sessions.service import Sessions
from evals.ui.compare_wiring import ComparePageTab
from evals.ui.deck_wiring import DeckPageTab
from evals.ui.evaluate_wiring import EvaluatePageTab
from evals.ui.judge_panel import JudgeSystemCard
from evals.ui.standings_wiring import StandingsPageTab
from evals.ui.suite_wiring import SuitePageTab
from llmfirst import PageTab, Services, SystemCard


def measuring_parts(
    services: Services, evaluations: Evaluations | None = None
) -> tuple[list[PageTab], list[SystemCard]]:
    """Return the tabs, which share the machine with each other, and the cards for the System tab."""
    evaluations = evaluations or Evaluations(services)
    tabs: list[PageTab] = [
        ComparePageTab(Sessions(services, evaluations), services),
        DeckPageTab(evaluations.archive),
        StandingsPageTab(evaluations.archive),
        EvaluatePageTab(evaluations),
        SuitePageTab(services, evaluations),
    ]
    cards: list[SystemCard] = [JudgeSystemCard(evaluations)]
    return tabs, cards
