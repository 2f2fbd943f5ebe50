"""Views in tables, for whoever asks in SQL. They stand beside the log, and can be thrown away."""
