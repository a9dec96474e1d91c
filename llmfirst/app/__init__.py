"""The program: its parts are put together and served."""
