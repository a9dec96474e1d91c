"""Evaluations being carried out."""
