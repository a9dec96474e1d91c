"""Runs: questions that are being answered, stored and followed."""
