"""The recorded evaluation that is part of the product."""
