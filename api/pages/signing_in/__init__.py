"""Signing in and out, and what those are told who have not, or may not."""
