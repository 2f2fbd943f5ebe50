"""Figures: drawings made of values alone, as SVG."""
