"""The v4 endpoints for servers, in the words of Synerise's API (contracts/synerise-profiles-api.md)."""

from starlette.routing import BaseRoute, Route

from collector.api import clients
from collector.api.endpoint import ApiContext, Endpoint

__all__ = ["ApiContext", "api_routes"]


def api_routes(context: ApiContext) -> list[BaseRoute]:
    """Return the routes of the API, to be mounted at /v4."""
    delete_by_custom_id = Endpoint(context, "API_BY_ID_CLIENT_DELETE", clients.delete_by_custom_id)
    return [
        # The seed writes both spellings (contract, section 10).
        Route("/clients/by-custom-id/{custom_id:path}", delete_by_custom_id, methods=["DELETE"]),
        Route("/clients/by-customid/{custom_id:path}", delete_by_custom_id, methods=["DELETE"]),
        Route(
            "/clients/{client_id}",
            Endpoint(context, "API_BY_ID_CLIENT_DELETE", clients.delete),
            methods=["DELETE"],
        ),
    ]
