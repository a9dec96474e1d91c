"""The page: Gradio components that show the events of the engine."""
