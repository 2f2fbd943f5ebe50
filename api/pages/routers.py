"""All pages."""

from api.pages import static
from api.pages.announce import route as announce
from api.pages.compare import route as compare
from api.pages.home import route as home
from api.pages.ledger import route as ledger
from api.pages.model import route as model
from api.pages.notices import audit_route, list_route, run_route
from api.pages.signing_in import route as signing_in

ROUTERS = (
    static.router,
    home.router,
    model.router,
    compare.router,
    ledger.feed,
    ledger.router,
    announce.router,
    signing_in.router,
    list_route.router,
    audit_route.router,
    run_route.router,
)
