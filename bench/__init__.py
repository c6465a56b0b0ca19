"""Where time goes: one command each, `python -m bench.NAME`."""
