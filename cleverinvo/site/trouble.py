"""What did not work, as a page: a refusal, an address where nothing is, and what nobody had foreseen."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cleverinvo.errors import STATUS, BadRequest, MethodNotAllowed, NotFound, Problem, Unauthorized
from cleverinvo.site.visit import House, Visit
from cleverinvo.web import answers

Handler = Callable[[Request], Awaitable[Response]]

WANTED_SECONDS: Final = 600

READ: Final = "Load the page again in a moment."
WROTE: Final = "Look whether what you did is there before you do it again."
"""A bug may have come after something was stored: nobody can promise that nothing was."""

TELL: Final = "Should it happen again, tell whoever runs this server the id below; the log says more under it."

logger = logging.getLogger("cleverinvo.site")


def calm(house: House, handler: Handler) -> Handler:
    """A handler of something that is no page: people who follow its address see its trouble as a page,

    programs as JSON, like that of the API.
    """

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as trouble:
            visit = Visit(house, request, None)
            problem = problem_of(visit, trouble)
            return refuse(visit, problem) if is_for_people(request) else refuse_program(visit, problem)

    return answer


def is_for_people(request: Request) -> bool:
    """Whether what is asked for will be looked at: browsers ask for a page, whatever the address."""
    return "text/html" in request.headers.get("accept", "")


def problem_of(visit: Visit, trouble: Exception) -> Problem:
    """A bug says nothing of the inside; the log has all of it, under the id of the request."""
    method, path = visit.request.method, visit.request.url.path
    if isinstance(trouble, HTTPException):
        if trouble.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowed((trouble.headers or {})["Allow"].split(", "))
        return BadRequest("This cannot be answered.")
    if not isinstance(trouble, Problem):
        logger.error("a bug, met by %s %s, request %s", method, path, visit.request_id, exc_info=trouble)
        return Problem(f"{READ if method in ('GET', 'HEAD') else WROTE} {TELL}")
    if is_ours(trouble):
        logger.warning("%s %s, request %s: %s", method, path, visit.request_id, trouble.message)
    return trouble


def refuse(visit: Visit, problem: Problem) -> Response:
    """A problem as a page; as JSON for a script; and the way to the door for whoever is not logged in.

    The page asks nothing of the database, which may be what does not answer.
    """
    request = visit.request
    if visit.is_fetch:
        return refuse_program(visit, problem)
    if isinstance(problem, Unauthorized) and visit.is_plain_read:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        visit.set_cookie("wanted", wanted, WANTED_SECONDS)
        return visit.go("/login")
    page = visit.part(
        "error.html", STATUS[problem.code], title=title_of(problem), problem=problem, is_ours=is_ours(problem)
    )
    page.headers.update(headers_of(visit, problem))
    return page


def refuse_program(visit: Visit, problem: Problem) -> Response:
    """A problem in the API's envelope."""
    answer = answers.of_problem(problem, visit.request_id)
    response = visit.answer(answer.body, "application/json", answer.status)
    response.headers.update(headers_of(visit, problem))
    return response


def title_of(problem: Problem) -> str:
    if isinstance(problem, NotFound):
        return "Nothing here"
    return "That went wrong on our side" if is_ours(problem) else "That did not work"


def is_ours(problem: Problem) -> bool:
    """Whether it is no fault of whoever asked."""
    return STATUS[problem.code] >= HTTPStatus.INTERNAL_SERVER_ERROR


def headers_of(visit: Visit, problem: Problem) -> dict[str, str]:
    """When to come again, what may be asked instead, and the id of the request."""
    own = {name.decode(): value.decode() for name, value in answers.headers_of(problem)}
    return {**own, "x-request-id": visit.request_id}
