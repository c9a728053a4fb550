"""The command line: the same verbs as the pages, without a browser.

Each command imports what it needs when it runs, so that those that only compute on paper start at once.
"""

from fcnlab.cli.app import app
from fcnlab.cli.guard import main

__all__ = ["app", "main"]
