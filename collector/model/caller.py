"""Who calls the server API, as an api key, a signed token of ours, or a tracker key proves it."""

from enum import StrEnum

import msgspec


class Realm(StrEnum):
    """What a caller is (contracts/synerise-events-api.md section 9). The values are those of `rlm`."""

    WORKSPACE = "business_profile"
    PROFILE = "client"
    ANONYMOUS = "anonymous_client"
    USER = "user"
    TRACKER = "tracker"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A caller. What it writes goes through `source_id` and obeys that source's policy.

    source_id      None: the workspace has no source yet
    reads_all      may read the events of every source; else of `source_id` alone
    permissions    of its api key; ("*",): all. A profile's, user's or tracker's are those of its realm
    client_id      of a profile (merged ids resolve)
    uuid           of a profile's or visitor's browser
    name           for the audit: "key:shop back end", "user:ada", "profile:12"
    key_id         of a workspace's api key
    token_id       of the signed token that was shown; None for a key
    expires_ms     when that ends
    """

    realm: Realm
    workspace_id: int
    source_id: str | None
    reads_all: bool = False
    permissions: tuple[str, ...] = ()
    client_id: int | None = None
    uuid: str | None = None
    name: str
    key_id: str | None = None
    token_id: str | None = None
    expires_ms: int = 0

    @property
    def trusted(self) -> bool:
        """Whether its word may change profiles (DESIGN.md, Trust). Anybody gets an anonymous token."""
        return self.realm in (Realm.WORKSPACE, Realm.USER, Realm.PROFILE)

    def may(self, permission: str) -> bool:
        """Whether it holds this permission."""
        return "*" in self.permissions or permission in self.permissions
