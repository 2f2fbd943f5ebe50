"""What a browser is told instead of a page: to sign in first, or which right is missing."""

from starlette.requests import Request
from starlette.responses import Response

from api.access.errors import CredentialRefused, ScopeMissing
from api.access.principal import Principal, sender
from api.http.problems import problem_of
from api.pages.page_route import elsewhere
from api.pages.rendering import page
from api.pages.signing_in.form_page import form_page
from api.pages.signing_in.next_page import asked_for, sign_in_address
from domain.errors import LedgerError


def refusal_page(request: Request, principal: Principal | None, refused: LedgerError) -> Response:
    """Send somebody without a good credential to sign in, and tell everybody else what is wrong."""
    if isinstance(refused, CredentialRefused):
        response: Response = elsewhere(sign_in_address(request, asked_for(request)))
        response.headers["Cache-Control"] = "no-store"
        return response
    problem = problem_of(refused)
    if not isinstance(refused, ScopeMissing):
        return page(request, "refused.html.j2", title=problem.title, status=problem.status, sentence=refused.sentence, nearest=())
    token = sender.set(principal)
    try:
        again = sign_in_address(request, asked_for(request))
        return form_page(
            request, "lacking.html.j2", title="You may not see this page", status=problem.status, scopes=refused.scopes, again=again
        )
    finally:
        sender.reset(token)
