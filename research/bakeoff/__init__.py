"""The bake-off: ways to prompt a small model, compared by blind readers."""
