"""Autodiff Visualiser."""
