"""Answers that carry their proof, and the checkpoints on which they stand."""
