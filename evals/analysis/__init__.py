"""Computes the results of an evaluation."""
