"""The program: parts put together and served."""
