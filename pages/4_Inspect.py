"""Inspect: look into a trained network, stage by stage, and switch its skips off."""

from fcnlab.ui.inspect.page import inspect_page
from fcnlab.ui.page import page

with page("Inspect", question="What does every stage see in a picture, and what does each skip connection carry?"):
    inspect_page()
