"""Turns evaluations into texts, HTML pages and files for other programs."""
