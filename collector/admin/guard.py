"""Stands before every page: the sign-in, the form's proof, the headers, and errors a person can read.

A page is a plain function of an AdminRequest, run in a worker thread, so that it may ask the
store without blocking the beacons.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from collector.admin.context import AdminContext
from collector.admin.forms import MAX_FORM_BYTES, Form, read_form
from collector.admin.pages import Pages, admin_path
from collector.admin.security import SECURITY_HEADERS, SignIn, from_own_page
from collector.model.source import Source
from collector.model.workspace import User
from collector.store.interface import StoreUnavailable

_SOURCE_ID = re.compile(r"[0-9A-Za-z_.-]{1,36}")
"""What an id of a source may be. PostgreSQL fails at some other texts (a NUL) instead of finding nothing."""


@dataclass(frozen=True, kw_only=True)
class AdminRequest:
    """A request by someone who is signed in."""

    request: Request
    pages: Pages
    form: Form
    user: User
    sign_in: SignIn
    csrf: str

    @property
    def context(self) -> AdminContext:
        """What the pages stand on."""
        return self.pages.context

    def source(self) -> Source:
        """Return the source in the path. Raises HTTPException 404."""
        source_id = self.request.path_params["source_id"]
        source = self.context.store.source(source_id) if _SOURCE_ID.fullmatch(source_id) else None
        if source is None:
            raise HTTPException(404)
        return source

    def query(self, name: str) -> str:
        """Return a value of the query string, "" when absent."""
        return self.request.query_params.get(name, "")

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """Render a template for this user."""
        return self.pages.render(
            self.request, template, status=status, user=self.user, csrf=self.csrf, **values
        )

    def go(self, path: str) -> Response:
        """Send the browser on, by GET, to a path below the admin pages; it begins with a slash."""
        return RedirectResponse(admin_path(self.request) + path, status_code=303)


Handler = Callable[[AdminRequest], Response]


class Endpoint(ABC):
    """An ASGI application for one page: reads the form, answers in a worker thread, adds the headers."""

    form_bytes = MAX_FORM_BYTES

    def __init__(self, pages: Pages) -> None:
        self.pages = pages

    @abstractmethod
    def answer(self, request: Request, form: Form) -> Response:
        """Answer in a worker thread. May raise HTTPException."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            form = await read_form(request, self.form_bytes) if request.method == "POST" else Form()
            response = await run_in_threadpool(self.answer, request, form)
        except HTTPException as problem:
            response = self.pages.error(request, problem.status_code)
        except StoreUnavailable:
            response = self.pages.error(request, 503)
        response.headers.update(SECURITY_HEADERS)
        await response(scope, receive, send)


class Page(Endpoint):
    """A page for people who are signed in; everyone else goes to the sign-in page first.

    `fragment`: asked for by a script, which is told 401 instead of being led away. `form_bytes`: what
    its form may hold.
    """

    def __init__(
        self,
        pages: Pages,
        *,
        get: Handler | None = None,
        post: Handler | None = None,
        fragment: bool = False,
        form_bytes: int = MAX_FORM_BYTES,
    ) -> None:
        super().__init__(pages)
        self.form_bytes = form_bytes
        self._get = get
        self._post = post
        self._fragment = fragment

    def answer(self, request: Request, form: Form) -> Response:
        """Answer, or send to the sign-in page."""
        sign_in = self.pages.cookies.read(request)
        user = self._user(sign_in) if sign_in else None
        if sign_in is None or user is None:
            return self._send_away(request)
        response = self._answer(request, form, user, sign_in)
        if not self._fragment:  # a page that is left open asks for its fragments by itself
            self.pages.cookies.renew(request, response, admin_path(request))
        return response

    def _user(self, sign_in: SignIn) -> User | None:
        store = self.pages.context.store
        user = store.user(sign_in.name)
        if user is None or user.epoch != sign_in.epoch or store.is_revoked(sign_in.id, (), 0):
            return None
        return user

    def _answer(self, request: Request, form: Form, user: User, sign_in: SignIn) -> Response:
        csrf = self.pages.cookies.form_token(sign_in.nonce)
        handler = {"GET": self._get, "HEAD": self._get, "POST": self._post}.get(request.method)
        try:
            if handler is None:
                raise HTTPException(405)
            if request.method == "POST" and not (
                from_own_page(request, self.pages.context.base_url)
                and self.pages.cookies.token_fits(sign_in.nonce, form.text("csrf"))
            ):
                raise HTTPException(403)
            asked = AdminRequest(
                request=request, pages=self.pages, form=form, user=user, sign_in=sign_in, csrf=csrf
            )
            return handler(asked)
        except HTTPException as problem:
            response: Response = self.pages.error(request, problem.status_code, user=user, csrf=csrf)
            if problem.status_code == 405:
                response.headers["Allow"] = ", ".join(
                    method for method, known in (("GET, HEAD", self._get), ("POST", self._post)) if known
                )
            return response

    def _send_away(self, request: Request) -> Response:
        if self._fragment:
            return PlainTextResponse("Signed out.", status_code=401)
        target = request.url.path if self._get else f"{admin_path(request)}/"
        query = f"?{request.url.query}" if request.url.query and self._get else ""
        return RedirectResponse(
            f"{admin_path(request)}/sign-in?next={quote(target + query, safe='/')}", status_code=303
        )


def not_found(page: AdminRequest) -> Response:
    """Answer for a path that is no page."""
    raise HTTPException(404)
