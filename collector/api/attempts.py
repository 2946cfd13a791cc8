"""Limits on attempts with a password and on registrations: 423 with Retry-After once there were too many."""

from collections.abc import Callable
from typing import NamedTuple

from collector.api.operation import ApiError, ApiRequest
from collector.auth.attempts import ATTEMPT_WINDOW_MS, MAX_ATTEMPTS, MAX_ATTEMPTS_BY_NAME, attempt_keys


class Limits(NamedTuple):
    """How many attempts the window takes.

    what        the word that its keys in the store begin with
    told        the sentence that says there were too many
    address     of one address, whatever names it tries
    name        of one name, from all addresses together; None for any number
    both        of one name from one address
    forgives    whether a success clears what the address has tried; else it gives that attempt back
    code        the errorCode of the answer
    """

    what: str
    told: str
    address: int
    name: int | None
    both: int
    forgives: bool
    code: str | None = None


USERS = Limits(
    *("sign-in", "Too many attempts to sign in."),
    address=MAX_ATTEMPTS,
    name=MAX_ATTEMPTS_BY_NAME,
    both=MAX_ATTEMPTS,
    forgives=True,
)
"""People of the admin pages: counted together with the attempts on the page Sign in."""

ACCOUNTS = Limits(
    *("account", "Too many attempts to sign in."),
    address=10 * MAX_ATTEMPTS,
    name=MAX_ATTEMPTS_BY_NAME,
    both=MAX_ATTEMPTS,
    forgives=False,
    code="TOO_MANY_ATTEMPTS",
)
"""Visitors with an account. Many of them may share an address, that of an office or of a shop's own back
end. Anybody may have an account, so a success says nothing good of an address."""

ENDINGS = ACCOUNTS._replace(told="Too many attempts to delete the account.")
"""The same, where the password ends the account."""

REGISTRATIONS = Limits(
    *("register", "Too many registrations."),
    address=30,
    name=None,
    both=5,
    forgives=False,
    code="TOO_MANY_ATTEMPTS",
)
"""Registrations of visitors. A name has no limit of its own, by which strangers would keep its owner out: the
store bounds what waits for one login, and the mails."""


class Attempt:
    """One attempt, counted when it is made. Call it from a worker thread."""

    def __init__(
        self, asked: ApiRequest, limits: Limits, name: str, known: Callable[[], bool] = lambda: False
    ) -> None:
        """Raises ApiError 423 where there were too many. `known`: whether it comes from a browser in which
        this name signed in before, so that strangers who try the name elsewhere do not lock it out.

        The address is the first to be counted: one that was refused adds nothing to the store, and nothing
        to the count of a name.
        """
        context = asked.context
        address = context.client_address(asked.request)
        by_address, by_name = attempt_keys(name, address, limits.what)
        _, by_both = attempt_keys(f"{by_address} {name}", address, f"{limits.what} both")
        _, by_known = attempt_keys(name, address, f"{limits.what} known")
        self._store, self._now_ms = context.store, context.now_ms()
        self._forgives, self._by_address = limits.forgives, by_address
        self._by_name = (by_name, by_both, by_known)
        refused = ApiError(
            423,
            f"{limits.told} Wait {ATTEMPT_WINDOW_MS // 60_000} minutes, then try again.",
            code=limits.code,
            headers={"Retry-After": str(ATTEMPT_WINDOW_MS // 1000)},
        )
        if self._is_within(limits, by_address, by_both, by_name):
            return
        # Bounded by itself: what counts above would let strangers who share the address keep it out.
        if not known() or self._count(by_known) > limits.both:
            raise refused

    def _is_within(self, limits: Limits, by_address: str, by_both: str, by_name: str) -> bool:
        if self._count(by_address) > limits.address:
            return False
        if self._count(by_both) > limits.both:
            # It tried nothing: whoever shares the address is not to pay for it.
            self._store.take_back_attempt(by_address)
            return False
        return limits.name is None or self._count(by_name) <= limits.name

    def succeed(self) -> None:
        """Forget the attempts: the name's owner is here."""
        for key in self._by_name:
            self._store.clear_attempts(key)
        if self._forgives:
            self._store.clear_attempts(self._by_address)
        else:
            self._store.take_back_attempt(self._by_address)

    def _count(self, key: str) -> int:
        return self._store.count_attempt(key, self._now_ms, ATTEMPT_WINDOW_MS)
