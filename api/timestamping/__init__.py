"""Timestamps: asking an authority when a checkpoint was there, and keeping what it says."""
