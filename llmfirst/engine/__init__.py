"""The one place that knows the phases of an answer."""
