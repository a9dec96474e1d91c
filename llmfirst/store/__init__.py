"""The store: runs, documents and rates in one database with one history of migrations."""

from llmfirst.store.database import open_database, open_memory_database
from llmfirst.store.documents import DocumentStore
from llmfirst.store.guarantee import Guarantee, UsualTimes
from llmfirst.store.history import Rating, RunEntry, RunFilter, RunOutcome, RunPage
from llmfirst.store.rates import RateStore
from llmfirst.store.replicas import Replica
from llmfirst.store.runs import RunStore, StoredRun
from llmfirst.store.upsert import is_postgres

__all__ = [
    "DocumentStore",
    "Guarantee",
    "RateStore",
    "Rating",
    "Replica",
    "RunEntry",
    "RunFilter",
    "RunOutcome",
    "RunPage",
    "RunStore",
    "StoredRun",
    "UsualTimes",
    "is_postgres",
    "open_database",
    "open_memory_database",
]
