"""Studies; the program does not import them."""
