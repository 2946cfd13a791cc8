"""Profiles, asked for by a back end. Rows 25 and 28 of contracts/synerise-profiles-api.md."""

from starlette.responses import Response

from collector.api.endpoint import ApiError, ApiRequest
from collector.model.profile import Profile
from collector.normalise.identifiers import custom_id
from collector.profiles.erase import erase
from collector.profiles.shapes import iso


def delete(asked: ApiRequest) -> Response:
    """Erase the profile with this client id; merged ids resolve.

    Like every write of the API it answers 202 without a body; here all is done by then.
    """
    text, store = asked.path("client_id"), asked.context.store
    is_id = text.isascii() and text.isdigit() and len(text) < 16
    return _erase(asked, store.profile(int(text)) if is_id else None, store.tombstone("clientId", text))


def delete_by_custom_id(asked: ApiRequest) -> Response:
    """Erase the profile with this customId."""
    text, store = custom_id(asked.path("custom_id")) or "", asked.context.store
    return _erase(asked, store.find_profile("customId", text), store.tombstone("customId", text))


def _erase(asked: ApiRequest, profile: Profile | None, erased_ms: int | None) -> Response:
    context = asked.context
    if profile is None or not erase(
        context.store, profile.client_id, actor=asked.actor, secret_key=context.secret_key
    ):
        if erased_ms is not None:
            raise ApiError(404, f"This profile was erased at {iso(erased_ms)}.")
        raise ApiError(404, "There is no such profile.")
    return Response(status_code=202)
