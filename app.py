"""Start llmfirst from a checkout: the same as `llmfirst serve`."""

import sys

from llmfirst_cli import serve

if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:], program="app.py"))
