"""All feeds."""

from api.feeds.routes import badges, calendars, changes

ROUTERS = (calendars.router, changes.router, badges.router)
