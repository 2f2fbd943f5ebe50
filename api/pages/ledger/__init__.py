"""The ledger itself: what is signed, what was verified, and the log entry by entry."""
