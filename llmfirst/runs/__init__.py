"""Runs: answers being written, stored and followed."""
