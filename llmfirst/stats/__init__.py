"""Statistics with their uncertainty: pure functions of numbers."""

from llmfirst.stats.agreement import Auc, Confusion, Kappa, RocPoint, Table, auc, cohen_kappa, cross_table, roc
from llmfirst.stats.correction import CorrectedRate, corrected_rate
from llmfirst.stats.multiple import holm
from llmfirst.stats.proportions import (
    Interval,
    Proportion,
    items_needed,
    mcnemar,
    miss_rate_bound,
    more_needed,
    passes_needed,
    proportion,
    wilson,
)
from llmfirst.stats.quantiles import least_sample, quantile, quantile_interval
from llmfirst.stats.resampling import Comparison, Difference, generator, mean_interval, paired_difference
from llmfirst.stats.selective import Selection, selection
from llmfirst.stats.strengths import Contest, Strength, bradley_terry

__all__ = [
    "Auc",
    "Comparison",
    "Confusion",
    "Contest",
    "CorrectedRate",
    "Difference",
    "Interval",
    "Kappa",
    "Proportion",
    "RocPoint",
    "Selection",
    "Strength",
    "Table",
    "auc",
    "bradley_terry",
    "cohen_kappa",
    "corrected_rate",
    "cross_table",
    "generator",
    "holm",
    "items_needed",
    "least_sample",
    "mcnemar",
    "mean_interval",
    "miss_rate_bound",
    "more_needed",
    "paired_difference",
    "passes_needed",
    "proportion",
    "quantile",
    "quantile_interval",
    "roc",
    "selection",
    "wilson",
]
