"""A model's Markdown as HTML."""
