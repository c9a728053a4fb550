"""Train: teach the network on images, watch it learn, stop it and go on."""

from fcnlab.ui.page import page
from fcnlab.ui.train.page import train_page

with page("Train", question="Teach the network to tell the classes apart: how fast does it learn, and how well?"):
    train_page()
