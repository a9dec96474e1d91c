"""The questions of an evaluation: suites and their files."""
