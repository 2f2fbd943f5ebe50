"""The HTTP service: a thin door. A route is parse, one call, status; no rule and no SQL stands here."""
