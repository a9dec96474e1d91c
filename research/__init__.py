"""Studies that the product does not import."""
