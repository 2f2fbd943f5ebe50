"""Views that follow the log. Each one is disposable: it can be thrown away and built again from the events."""
