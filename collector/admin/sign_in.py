"""Signing in and out, and changing one's own password.

A sign-in is written into the audit, an attempt that failed into the log: with the address, and without
the name, since people type passwords into the wrong field.

A wrong name costs as much time as a wrong password, so that the answer's delay tells nobody which
names exist. Attempts are limited by name and by address, in the store, so that the limit holds
over all worker processes.
"""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.admin.forms import Errors, Form
from collector.admin.guard import AdminRequest, Endpoint
from collector.admin.pages import admin_path
from collector.admin.security import from_own_page, new_nonce, safe_next
from collector.auth.attempts import ATTEMPT_WINDOW_MS, MAX_ATTEMPTS, MAX_ATTEMPTS_BY_NAME, attempt_keys
from collector.auth.passwords import (
    MIN_LENGTH,
    choice_problem,
    hash_password,
    nobodys_hash,
    verify_password,
)
from collector.model.workspace import User

log = logging.getLogger(__name__)


class SignInPage(Endpoint):
    """The one page for people who are not signed in."""

    def answer(self, request: Request, form: Form) -> Response:
        """Show the form, or sign in."""
        if request.method in ("GET", "HEAD"):
            return self._form(request, target=request.query_params.get("next", ""))
        if request.method == "POST":
            return self._sign_in(request, form)
        raise HTTPException(405)

    def _sign_in(self, request: Request, form: Form) -> Response:
        cookies, context, admin = self.pages.cookies, self.pages.context, admin_path(request)
        name, target = form.text("name").strip(), form.text("next")
        nonce = cookies.form_nonce(request)
        if not from_own_page(request, context.base_url) or not cookies.token_fits(nonce, form.text("csrf")):
            text = "This form was too old, or this browser refuses cookies. Please sign in again."
            return self._form(request, target=target, name=name, status=403, problem=text)
        address = context.client_address(request)
        keys = attempt_keys(name, address)
        for key, limit in zip(keys, (MAX_ATTEMPTS, MAX_ATTEMPTS_BY_NAME), strict=True):
            attempts = context.store.count_attempt(key, context.now_ms(), ATTEMPT_WINDOW_MS)
            if attempts == limit + 1:  # once: a flood of attempts is not to be one of log lines
                log.warning("too many attempts to sign in, the last from %s", address)
            if attempts > limit:
                return self._too_many(request, target=target, name=name)
        user = self._user(name, form.text("password"))
        if user is None:
            log.warning("an attempt to sign in failed, from %s", address)
            text = "Name and password do not match."
            return self._form(request, target=target, name=name, status=403, problem=text)
        for key in keys:
            context.store.clear_attempts(key)
        context.store.add_audit(user.name, "user.sign_in", user.name, "")
        response = RedirectResponse(safe_next(target, admin), status_code=303)
        cookies.sign_in(response, user, admin)
        return response

    def _user(self, name: str, password: str) -> User | None:
        user = self.pages.context.store.user(name)
        fits = verify_password(user.password_hash if user else nobodys_hash(), password)
        return user if user and fits else None

    def _too_many(self, request: Request, *, target: str, name: str) -> Response:
        minutes = ATTEMPT_WINDOW_MS // 60_000
        text = f"Too many attempts to sign in. Wait {minutes} minutes, then try again."
        response = self._form(request, target=target, name=name, status=429, problem=text)
        response.headers["Retry-After"] = str(ATTEMPT_WINDOW_MS // 1000)
        return response

    def _form(
        self, request: Request, *, target: str, name: str = "", status: int = 200, problem: str = ""
    ) -> Response:
        cookies = self.pages.cookies
        nonce = cookies.form_nonce(request) or new_nonce()
        response = self.pages.render(
            request,
            "sign_in.html",
            status=status,
            user=None,
            csrf=cookies.form_token(nonce),
            name=name,
            next=safe_next(target, admin_path(request)),
            problem=problem,
        )
        cookies.set_form_nonce(response, nonce, admin_path(request))
        return response


def sign_out(page: AdminRequest) -> Response:
    """End the sign-in: here, and for whoever copied the cookie."""
    page.context.store.revoke_token(page.sign_in.id, page.sign_in.ends_ms)
    page.context.store.add_audit(page.user.name, "user.sign_out", page.user.name, "")
    response = page.go("/sign-in")
    page.pages.cookies.sign_out(response, admin_path(page.request))
    return response


def password_page(page: AdminRequest) -> Response:
    """Show the form to change one's own password."""
    return page.render("password.html", errors={}, saved=page.query("saved") == "1", min_length=MIN_LENGTH)


def change_password(page: AdminRequest) -> Response:
    """Change one's own password, and end all other sign-ins of this user."""
    store, user = page.context.store, page.user
    current, new = page.form.text("current"), page.form.text("new")
    key = attempt_keys(user.name, "")[1]
    attempts = store.count_attempt(key, page.context.now_ms(), ATTEMPT_WINDOW_MS)
    errors: Errors = {}
    if attempts > MAX_ATTEMPTS:
        errors["current"] = f"Too many attempts. Wait {ATTEMPT_WINDOW_MS // 60_000} minutes, then try again."
    elif not verify_password(user.password_hash, current):
        errors["current"] = "This is not your present password."
    if problem := choice_problem(new):
        errors["new"] = f"The new password {problem}"
    elif new != page.form.text("repeat"):
        errors["repeat"] = "The two new passwords differ. Type the new one twice."
    if errors:
        status = 429 if attempts > MAX_ATTEMPTS else 422
        return page.render("password.html", status, errors=errors, saved=False, min_length=MIN_LENGTH)
    store.clear_attempts(key)
    changed = store.set_password(user.name, hash_password(new), actor=user.name)
    response = page.go("/password?saved=1")
    page.pages.cookies.sign_in(response, changed, admin_path(page.request))
    return response
