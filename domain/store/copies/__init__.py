"""Moving a ledger from one store to another, entry by entry, as it stands."""
