"""The people behind the opaque ids: names and addresses, encrypted under a key for each, so that they can be forgotten."""
