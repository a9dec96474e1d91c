"""llmfirst answers questions with a local language model: a strategy, then three sections, within a deadline."""

import lazy_loader

# The public names are listed in `__init__.pyi` and imported on first use: importing all of them loads the whole
# program, which the child process of the embedded model does not need.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
