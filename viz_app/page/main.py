"""The script that Streamlit reruns for every visitor's action; the page itself is in screen.py."""

from viz_app.page import screen

screen.show()
