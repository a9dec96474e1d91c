"""Recorded runs of a real model that are part of the product."""
