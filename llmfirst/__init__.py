"""llmfirst: a local language model answers a question in one strategy and three sections, inside a deadline."""

import lazy_loader

# The names stand in `__init__.pyi`. Each is imported when it is used: a child process does not import the page.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
