"""Proof: what makes the ledger evidence, in open formats."""
