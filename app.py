"""FCN Lab's landing page: what this is, and where to start."""

from fcnlab.ui.home import home_page
from fcnlab.ui.page import page

with page("FCN Lab"):
    home_page()
