"""Notices: a run for each announcement, with everybody who had to be told, every attempt to tell them, and a count that closes."""
