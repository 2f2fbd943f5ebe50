"""Telling people: who is in an audience, the worker that delivers, and what others report."""
