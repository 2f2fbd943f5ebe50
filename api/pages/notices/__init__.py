"""Who was told what, and when; who was not; and the count that closes. People stand on these pages under opaque ids, never by name."""
