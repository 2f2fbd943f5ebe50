"""Sending a notice: how it reads, and the ways by which it goes out. Nothing here knows the ledger."""
