from fcnlab.ui.page import page
with page("FCN Lab"):
    pass
