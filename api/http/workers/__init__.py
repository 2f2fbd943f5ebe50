"""Several workers behind one address, and what they share."""
