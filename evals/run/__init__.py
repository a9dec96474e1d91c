"""Runs evaluations."""
