"""Data: look through the pictures that networks learn from, and choose and make them."""

from fcnlab.ui.data.page import data_page
from fcnlab.ui.page import page

with page("Data", question="What is in a set of pictures, how rare is what the network must find, and what is missed?"):
    data_page()
