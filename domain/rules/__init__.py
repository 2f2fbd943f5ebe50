"""The rules: from a model's history to its stage at any time, and what is odd about it. Pure functions of what was recorded."""
