"""Ways of asking a small model, compared by blind readers."""
