"""A2A: a task is a record of turns, each turn a run of ours, and everything on the wire a reading of its events."""
