"""The values that an evaluation stores, and the archive that stores them."""
