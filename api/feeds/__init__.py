"""Feeds: what programs of other people look at from time to time, calendars and news readers among them."""
