"""Signed tokens of callers: made for who has signed in, and read back into a Caller.

A token says who was signed in, not what they may do: the permissions and the source of an api key,
the profile and the user are looked up whenever it is shown, so that what was revoked, switched off,
erased or changed meanwhile holds at once.
"""

import threading
import uuid as uuids
from collections.abc import Callable
from typing import TYPE_CHECKING

from collector.auth import signing
from collector.auth.signing import LIFE_MS, MAX_LIFE_MS, Claims
from collector.model.caller import Caller, Realm
from collector.model.identifier import PLACEHOLDER
from collector.model.signing import SigningKey
from collector.model.workspace import ApiKey, User
from collector.store import Store
from collector.store.catalog import Catalog

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

KEY_MISS_MS = 1_000
"""How long a key id that nobody knows is not asked for again: a flood of them costs no query each."""


class Tokens:
    """Makes and reads tokens. All but the constructor asks the store: call it from a worker thread."""

    def __init__(self, store: Store, catalog: Catalog, secret_key: bytes, now_ms: Callable[[], int]) -> None:
        """`secret_key` locks the private keys in the store; `now_ms`: since the epoch, UTC."""
        self._store = store
        self._catalog = catalog
        self._secret_key = secret_key
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._private: tuple[str, RSAPrivateKey] | None = None
        self._public: dict[str, RSAPublicKey] = {}
        self._looked_ms = 0

    def issue(
        self,
        realm: Realm,
        *,
        workspace_id: int,
        source_id: str | None,
        name: str,
        client_id: int | None = None,
        uuid: str | None = None,
        email: str | None = None,
        key_id: str | None = None,
        epoch: int | None = None,
        life_ms: int = LIFE_MS,
    ) -> str:
        """Return a token for who has proved to be this. `name` is the caller's in the audit.

        A workspace gives the id of its api key, a user the epoch of its sign-ins; a profile its client id.
        """
        made_ms = self._now_ms()
        claims = Claims(
            rlm=realm.value,
            ctd=made_ms,
            exp=(made_ms + min(life_ms, MAX_LIFE_MS)) // 1000,
            bpi=workspace_id,
            jti=str(uuids.uuid4()),
            sub=name,
            client_id=client_id,
            eml=email or (f"{uuid}{PLACEHOLDER}" if uuid else None),
            uuid=uuid,
            apk=key_id if realm is Realm.WORKSPACE else source_id,
            epo=epoch,
        )
        key_id, private = self._signing_key()
        return signing.sign(claims, private, key_id)

    def for_key(self, key: ApiKey) -> str:
        """Return a token of the workspace that this api key belongs to."""
        return self.issue(
            Realm.WORKSPACE,
            workspace_id=key.workspace_id,
            source_id=key.source_id,
            name=f"key:{key.name}",
            key_id=key.id,
        )

    def for_user(self, user: User) -> str:
        """Return a token of a person of the admin pages."""
        return self.issue(
            Realm.USER,
            workspace_id=self._store.workspace().id,
            source_id=None,
            name=f"user:{user.name}",
            epoch=user.epoch,
        )

    def verify(self, token: str) -> Caller | None:
        """Return who shows this token; None unless it is ours, holds, and was not revoked."""
        key_id = signing.key_of(token)
        if key_id is None or not self._knows(key_id):
            return None
        claims = signing.read(token, self._public, self._now_ms())
        if claims is None:
            return None
        match claims.rlm:
            case Realm.WORKSPACE:
                return self._workspace(claims)
            case Realm.USER:
                return self._user(claims)
            case Realm.PROFILE:
                return self._profile(claims)
            case Realm.ANONYMOUS:
                return self._anonymous(claims)
        return None

    def revoke_profile(self, client_id: int) -> bool:
        """End every token of a profile; merged ids resolve. False where there is no such profile."""
        profile = self._store.profile(client_id)
        if profile is None:
            return False
        before_ms = self._now_ms() + 1
        # The ids merged into it too: undoing the merge must not bring their tokens back.
        for one in (profile.client_id, *profile.previous_ids):
            self._store.revoke_tokens_of(_of_client(one), before_ms)
        return True

    def public_keys(self) -> list[SigningKey]:
        """What tokens can be checked with, the one in use first."""
        key_id, _ = self._signing_key()
        keys = [key for key in self._store.signing_keys() if self._knows(key.id)]
        return sorted(keys, key=lambda key: key.id != key_id)

    def _workspace(self, claims: Claims) -> Caller | None:
        key = self._catalog.key_by_id(claims.apk) if claims.apk else None
        if key is None:
            return None
        return caller_of(key, self._catalog, token_id=claims.jti, expires_ms=claims.exp * 1000)

    def _user(self, claims: Claims) -> Caller | None:
        user = self._store.user(claims.sub.removeprefix("user:"))
        if user is None or user.epoch != claims.epo or self._is_revoked(claims, f"user:{user.id}"):
            return None
        return Caller(
            realm=Realm.USER,
            workspace_id=claims.bpi,
            source_id=self._catalog.first_source(),
            reads_all=True,
            permissions=("*",),
            name=claims.sub,
            token_id=claims.jti,
            expires_ms=claims.exp * 1000,
        )

    def _profile(self, claims: Claims) -> Caller | None:
        profile = self._store.profile(claims.client_id) if claims.client_id is not None else None
        if profile is None or not self._source_is_open(claims):
            return None
        ids = {claims.client_id, profile.client_id}
        if self._is_revoked(claims, *(_of_client(one) for one in ids if one is not None)):
            return None
        return self._visitor(claims, Realm.PROFILE, profile.client_id)

    def _anonymous(self, claims: Claims) -> Caller | None:
        if claims.uuid is None or not self._source_is_open(claims) or self._is_revoked(claims):
            return None
        return self._visitor(claims, Realm.ANONYMOUS, None)

    def _visitor(self, claims: Claims, realm: Realm, client_id: int | None) -> Caller:
        return Caller(
            realm=realm,
            workspace_id=claims.bpi,
            source_id=claims.apk,
            permissions=("*",),
            client_id=client_id,
            uuid=claims.uuid,
            name=f"profile:{client_id}" if client_id is not None else claims.sub,
            token_id=claims.jti,
            expires_ms=claims.exp * 1000,
        )

    def _source_is_open(self, claims: Claims) -> bool:
        source = self._catalog.source_now(claims.apk) if claims.apk else None
        return source is not None and source.enabled

    def _is_revoked(self, claims: Claims, *subjects: str) -> bool:
        of_uuid = (f"uuid:{claims.uuid}",) if claims.uuid is not None else ()
        return self._store.is_revoked(claims.jti, (*subjects, *of_uuid), claims.ctd)

    def _knows(self, key_id: str) -> bool:
        """Whether a key is ours. Another process may have made it a moment ago."""
        if key_id not in self._public:
            now_ms = self._now_ms()
            with self._lock:
                if key_id not in self._public and not 0 <= now_ms - self._looked_ms < KEY_MISS_MS:
                    self._looked_ms = now_ms
                    self._take(self._store.signing_keys())
        return key_id in self._public

    def _signing_key(self) -> tuple[str, "RSAPrivateKey"]:
        """The newest key that our secret opens, and its id; made where there is none."""
        with self._lock:
            if self._private is None:
                self._private = self._open(self._store.signing_keys())
            return self._private

    def _open(self, keys: list[SigningKey]) -> tuple[str, "RSAPrivateKey"]:
        while True:
            for key in keys:
                private = signing.open_private(key.private_pem, self._secret_key)
                if private is not None:
                    self._take(keys)
                    return key.id, private
            # None yet, or of a secret that is not ours any more. Of several at once the first decides.
            pair = signing.new_pair(self._secret_key)
            made = SigningKey(**pair._asdict(), created_ms=self._now_ms())
            keys = self._store.add_signing_key(made, newest=keys[0].id if keys else None)

    def _take(self, keys: list[SigningKey]) -> None:
        """Trust what our secret opens: a secret that was changed because it leaked must not sign on."""
        self._public = {
            key.id: signing.open_public(key.public_pem)
            for key in keys
            if signing.open_private(key.private_pem, self._secret_key) is not None
        }


def caller_of(key: ApiKey, catalog: Catalog, *, token_id: str | None = None, expires_ms: int = 0) -> Caller:
    """Who shows this api key, or a token that it got: what it may do is what the key may do now."""
    return Caller(
        realm=Realm.WORKSPACE,
        workspace_id=key.workspace_id,
        source_id=key.source_id or catalog.first_source(),
        reads_all=key.source_id is None,
        permissions=key.permissions,
        name=f"key:{key.name}",
        key_id=key.id,
        token_id=token_id,
        expires_ms=expires_ms,
    )


def _of_client(client_id: int) -> str:
    return f"client:{client_id}"
