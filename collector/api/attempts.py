"""Limits on attempts to sign in: 423 with Retry-After once there were too many."""

from typing import NamedTuple

from collector.api.operation import ApiError, ApiRequest
from collector.auth.attempts import ATTEMPT_WINDOW_MS, MAX_ATTEMPTS, MAX_ATTEMPTS_BY_NAME, attempt_keys


class Limits(NamedTuple):
    """How many attempts the window takes.

    what        the word that its keys in the store begin with
    address     of one address, whatever names it tries
    name        of one name, from all addresses together
    both        of one name from one address
    forgives    whether a success clears what the address has tried
    """

    what: str
    address: int
    name: int
    both: int
    forgives: bool


USERS = Limits("sign-in", MAX_ATTEMPTS, MAX_ATTEMPTS_BY_NAME, MAX_ATTEMPTS, forgives=True)
"""People of the admin pages: counted together with the attempts on the page Sign in."""

ACCOUNTS = Limits("account", 10 * MAX_ATTEMPTS, MAX_ATTEMPTS_BY_NAME, MAX_ATTEMPTS, forgives=False)
"""Visitors with an account. Many of them may share an address, that of an office or of a shop's own back
end. Anybody may have an account, so a success says nothing good of an address."""


class Attempt:
    """One attempt, counted when it is made. Call it from a worker thread."""

    def __init__(self, asked: ApiRequest, limits: Limits, name: str) -> None:
        """Raises ApiError 423 where there were too many."""
        context = asked.context
        address = context.client_address(asked.request)
        by_address, by_name = attempt_keys(name, address, limits.what)
        _, by_both = attempt_keys(f"{by_address} {name}", address, f"{limits.what} both")
        self._store = context.store
        self._cleared = (by_name, by_both, *((by_address,) if limits.forgives else ()))
        for key, most in ((by_both, limits.both), (by_address, limits.address), (by_name, limits.name)):
            if self._store.count_attempt(key, context.now_ms(), ATTEMPT_WINDOW_MS) > most:
                raise _too_many()

    def succeed(self) -> None:
        """Forget the attempts: the name's owner is here."""
        for key in self._cleared:
            self._store.clear_attempts(key)


def _too_many() -> ApiError:
    return ApiError(
        423,
        f"Too many attempts to sign in. Wait {ATTEMPT_WINDOW_MS // 60_000} minutes, then try again.",
        headers={"Retry-After": str(ATTEMPT_WINDOW_MS // 1000)},
    )
