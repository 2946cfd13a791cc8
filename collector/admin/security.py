"""Who is signed in, and whether a form came from our own page.

The sign-in lives in a signed cookie, not in a table: it costs no write and survives a restart.
What ends it early is the user's `epoch` in it, which a changed password raises, its nonce, which
signing out has the store refuse, and half an hour in which no page was asked for. A form
carries a token bound to the nonce of that cookie (before sign-in, of a cookie of its own), so
that another site can neither forge a form nor sign a person in to a stranger's account.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from collector.model.workspace import User

SIGN_IN_COOKIE = "tagwell_admin"
FORM_COOKIE = "tagwell_form"

SIGN_IN_SECONDS = 12 * 60 * 60
"""How long a sign-in holds at most."""

IDLE_SECONDS = 30 * 60
"""How long it holds without a page being asked for (NIST SP 800-63B, 4.2.3: 12 hours, 30 minutes idle)."""

RENEW_SECONDS = 60
"""How old a cookie is renewed: not with every page."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SignIn(NamedTuple):
    """What the cookie says: a name, the user's epoch at sign-in, a nonce new with every sign-in, and when
    that was (seconds since the epoch)."""

    name: str
    epoch: int
    nonce: str
    since_s: int

    @property
    def id(self) -> str:
        """By what the store knows a sign-in that was ended."""
        return f"sign-in {self.nonce}"

    @property
    def ends_ms(self) -> int:
        """When it ends at the latest, ms since the epoch."""
        return (self.since_s + SIGN_IN_SECONDS) * 1000


def new_nonce() -> str:
    """Return 128 random bits as text."""
    return secrets.token_urlsafe(16)


class Cookies:
    """Writes and reads the sign-in cookie and the tokens of forms."""

    def __init__(self, secret_key: bytes, *, secure: bool, now_ms: Callable[[], int]) -> None:
        class Signer(TimestampSigner):
            """Signs by the collector's clock."""

            def get_timestamp(self) -> int:
                return now_ms() // 1000

        self._serializer = URLSafeTimedSerializer(secret_key, salt="tagwell-admin-sign-in", signer=Signer)
        self._form_key = hashlib.sha256(b"tagwell-admin-form:" + secret_key).digest()
        self._secure = secure
        self._now_ms = now_ms

    def sign_in(self, response: Response, user: User, path: str) -> None:
        """Sign the user in: a new nonce each time, so that a planted cookie is worth nothing."""
        self._write(response, SignIn(user.name, user.epoch, new_nonce(), self._now_ms() // 1000), path)
        self._delete(response, FORM_COOKIE, path)

    def sign_out(self, response: Response, path: str) -> None:
        """Forget the sign-in in this browser."""
        self._delete(response, SIGN_IN_COOKIE, path)

    def read(self, request: Request) -> SignIn | None:
        """Return the sign-in of a request, None when there is none or it is forged or too old."""
        found = self._load(request)
        return found[0] if found else None

    def renew(self, request: Request, response: Response, path: str) -> None:
        """Let the half hour begin anew, unless the response says something of the sign-in itself."""
        found = self._load(request)
        said = any(line.startswith(f"{self._name(SIGN_IN_COOKIE)}=") for line in _cookies_of(response))
        if found and not said and self._now_ms() // 1000 - found[1] >= RENEW_SECONDS:
            self._write(response, found[0], path)

    def form_nonce(self, request: Request) -> str:
        """Return the nonce of a browser that is not signed in, "" when it has none."""
        return request.cookies.get(self._name(FORM_COOKIE), "")

    def set_form_nonce(self, response: Response, nonce: str, path: str) -> None:
        """Give a browser that is not signed in the nonce that its sign-in form is bound to."""
        self._set(response, FORM_COOKIE, nonce, path, max_age=None)

    def form_token(self, nonce: str) -> str:
        """Return the token that a form of this nonce must carry."""
        return hmac.new(self._form_key, nonce.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def token_fits(self, nonce: str, token: str) -> bool:
        """Return whether a form's token belongs to this nonce."""
        return bool(nonce) and hmac.compare_digest(
            self.form_token(nonce).encode(), token.encode("utf-8", "replace")
        )

    def _load(self, request: Request) -> tuple[SignIn, int] | None:
        """The sign-in, and when the cookie was written (seconds since the epoch)."""
        value = request.cookies.get(self._name(SIGN_IN_COOKIE), "")
        try:
            said, written = self._serializer.loads(value, max_age=IDLE_SECONDS, return_timestamp=True)
            name, epoch, nonce, since_s = said
        except (BadSignature, ValueError, TypeError):
            return None
        found = SignIn(name, epoch, nonce, since_s)
        return (found, int(written.timestamp())) if self._now_ms() < found.ends_ms else None

    def _write(self, response: Response, sign_in: SignIn, path: str) -> None:
        value = str(self._serializer.dumps(sign_in))
        self._set(response, SIGN_IN_COOKIE, value, path, max_age=IDLE_SECONDS)

    def _name(self, name: str) -> str:
        """By https, a name that a browser takes from this host alone: a sister host can plant none."""
        return f"__Host-{name}" if self._secure else name

    def _path(self, path: str) -> str:
        return "/" if self._secure else path  # what that name asks for

    def _set(self, response: Response, name: str, value: str, path: str, *, max_age: int | None) -> None:
        response.set_cookie(
            self._name(name),
            value,
            max_age=max_age,
            path=self._path(path),
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )

    def _delete(self, response: Response, name: str, path: str) -> None:
        response.delete_cookie(
            self._name(name), path=self._path(path), httponly=True, samesite="lax", secure=self._secure
        )


def _cookies_of(response: Response) -> list[str]:
    return response.headers.getlist("set-cookie")


def from_own_page(request: Request, base_url: str | None) -> bool:
    """Return whether the browser says that a form was sent by a page of this origin.

    Both headers are looked at where they are sent. A browser that sends neither is left to the token.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        host = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    hosts = {request.headers.get("host", "").lower()}
    if base_url:
        hosts.add(urlsplit(base_url).netloc.lower())
    return bool(host) and host in hosts


def safe_next(target: str, admin: str) -> str:
    """Return where to go after sign-in: `target` if it is a path below `admin`, else the first page.

    Anything that a browser could read as another host or another folder is refused, however odd.
    """
    home = f"{admin}/"
    plain = target.isprintable() and target.isascii() and not set(target) & set('\\"<> ')
    climbs = ".." in target or "%2e" in target.lower()
    return target if target.startswith(home) and plain and not climbs else home
