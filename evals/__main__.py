"""Evaluations from the command line. Exit codes: 0 pass, 1 fail, 2 usage, 3 cannot tell, 4 judge not trustworthy."""

import sys

from evals.cli.parser import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
