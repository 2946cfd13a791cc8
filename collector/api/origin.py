"""Pages of origins that a source does not list sign nobody in."""

from collector.admit.beacon import lists_origin
from collector.api.operation import ApiError, ApiRequest
from collector.model.source import Source


def check_origin(asked: ApiRequest, source: Source) -> None:
    """Raise ApiError 403 where a page asks that may not send to the source. An app names no origin."""
    origin = asked.request.headers.get("origin")
    if origin is not None and not lists_origin(source, origin):
        message = f"This source takes nothing from pages of {origin[:200]}; its owner lists the origins."
        raise ApiError(403, message, code="ORIGIN_NOT_ALLOWED")
