"""The page: Gradio components, and readings of the engine's events."""
