"""All pages."""

from api.pages import static
from api.pages.home import route as home
from api.pages.ledger import route as ledger

ROUTERS = (static.router, home.router, ledger.feed, ledger.router)
