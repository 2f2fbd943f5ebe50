"""What changed over a catalog between two days of knowledge."""
