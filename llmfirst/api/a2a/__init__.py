"""A2A: a task is a record of turns, each turn is one run of ours, and what A2A shows is derived from its events."""
