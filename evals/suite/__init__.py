"""Suites: the questions of an evaluation, read from files and checked."""
