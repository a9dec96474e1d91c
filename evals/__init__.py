"""Measuring the engine from outside, through its public names."""
