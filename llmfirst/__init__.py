"""llmfirst: a local language model answers a question in one strategy and three sections, inside a deadline."""
