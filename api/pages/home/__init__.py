"""Home: every model's life, and what comes next."""
