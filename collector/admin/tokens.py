"""The page of a source's token keys: add, revoke, and what a token must hold; and a check of one.

A token that is pasted here is looked at and forgotten: it is not kept, logged or shown again.
"""

from typing import Literal

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.admin.display import moment, zone
from collector.admin.forms import Errors, check_name
from collector.admin.guard import AdminRequest
from collector.auth.token_keys import checked_key, fingerprint, new_shared_key
from collector.auth.tokens import BadToken, Claims, verify
from collector.model.source import Source, TokenKey

KINDS = {
    "public": (
        "Your public key (RS256)",
        "Your server keeps the private one. Nobody else can sign, not even we.",
    ),
    "made": ("A shared key, made here (HS256)", "Shown once. Simpler; both sides must keep it secret."),
    "shared": ("A shared key of yours (HS256)", "Of 32 bytes or more, taken as the text that it is."),
}
"""What a new key may be."""

MINUTE_MS = 60_000


def tokens_page(page: AdminRequest) -> Response:
    """Show the keys in force, and how to sign a token."""
    return _show(page, page.source(), {})


def add_key(page: AdminRequest) -> Response:
    """Add a key. One that was made here is shown, this once."""
    source, form, errors = page.source(), page.form, Errors()
    kind, name = form.choice("kind", KINDS, errors), form.text("name")
    algorithm: Literal["RS256", "HS256"] = "RS256" if kind == "public" else "HS256"
    key = new_shared_key() if kind == "made" else form.text("key")
    try:
        name = check_name(name, "key")
    except ValueError as problem:
        errors["name"] = str(problem)
    try:
        key = checked_key(algorithm, key)
    except ValueError as problem:
        errors["key"] = str(problem)
    if not errors:
        try:
            page.context.store.add_token_key(source.source_id, name, algorithm, key, actor=page.user.name)
        except ValueError as problem:
            errors["name"] = str(problem)
    if errors:
        return _show(page, source, errors, name=name, kind=kind or "")
    if kind == "made":
        return _show(page, page.source(), {}, made=key, made_name=name)
    return page.go(f"/sources/{source.source_id}/tokens?saved=added")


def revoke_key(page: AdminRequest) -> Response:
    """End a key."""
    source = page.source()
    try:
        page.context.store.revoke_token_key(
            source.source_id, page.request.path_params["key_id"], actor=page.user.name
        )
    except KeyError:
        raise HTTPException(404) from None
    return page.go(f"/sources/{source.source_id}/tokens?saved=revoked")


def check_token(page: AdminRequest) -> Response:
    """Say in words what is wrong with a token, or what it proves."""
    source, now_ms = page.source(), page.context.now_ms()
    try:
        claims = verify(page.form.text("token").strip(), source.token_keys, now_ms)
    except BadToken as fault:
        return _show(page, source, {}, verdict=("bad", [f"This token is refused: {fault}."]))
    return _show(page, source, {}, verdict=("good", _praise(claims, now_ms)))


def _praise(claims: Claims, now_ms: int) -> list[str]:
    minutes = (claims.expires_ms - now_ms) // MINUTE_MS
    names = [
        name
        for name, value in (("uuid", claims.uuid), ("email", claims.email), ("customId", claims.custom_id))
        if value is not None
    ]
    said = [f"This token is good for another {minutes:,} minutes. It covers {', '.join(names)}."]
    if claims.uuid is None:
        said.append(
            "It names no uuid, so that an event of a browser with one stays untrusted: sign the uuid too."
        )
    if minutes > 24 * 60:
        said.append(
            "It lasts longer than a day. Whoever gets hold of it can use it as long: some minutes do."
        )
    return said


def _show(page: AdminRequest, source: Source, errors: Errors, **values: object) -> Response:
    store, now_ms = page.context.store, page.context.now_ms()
    shown_in = zone(store.workspace().time_zone)
    keys = [
        (key, fingerprint(key.algorithm, key.key), moment(key.created_ms, now_ms, shown_in))
        for key in source.token_keys
    ]
    return page.render(
        "tokens.html",
        422 if errors else 200,
        source=source,
        tab="tokens",
        keys=keys,
        example=_example(source.token_keys),
        kinds=KINDS,
        errors=errors,
        saved=page.query("saved"),
        **{"name": "", "kind": "public", "made": "", "made_name": "", "verdict": None, **values},
    )


def _example(keys: tuple[TokenKey, ...]) -> str:
    """The algorithm of the examples: of the newest key."""
    return keys[-1].algorithm if keys else "RS256"
