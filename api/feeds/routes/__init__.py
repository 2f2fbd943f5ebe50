"""The feeds' addresses."""
