"""This machine: how busy it is, what it can do, and what that means for a model."""
