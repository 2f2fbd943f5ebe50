"""Who may do what: keys, access tokens, and the rights of each operation."""
