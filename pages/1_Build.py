"""Build: put a network together and see its shapes, costs and problems at once."""

from fcnlab.ui.build.page import build_page
from fcnlab.ui.page import page
from fcnlab.ui.workbench import workbench

with page("Build", question="Put a network together: what shapes flow through it, what does it cost, does it fit?"):
    build_page(workbench())
