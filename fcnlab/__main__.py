"""`python -m fcnlab`: the lab's verbs without a browser."""

import sys

from fcnlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
