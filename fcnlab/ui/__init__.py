"""Streamlit pieces that the pages share: with app.py and pages/, the only room that imports streamlit."""
