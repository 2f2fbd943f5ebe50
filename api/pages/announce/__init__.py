"""Announce: a form for a provider, checked before anything is recorded."""
