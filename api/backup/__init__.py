"""Copies of a ledger: taken while others write, in an open form, and put back byte for byte."""
