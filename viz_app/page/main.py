"""The script that Streamlit runs anew for every visitor's action; what it shows is in screen.py."""

from viz_app.page import screen

screen.show()
