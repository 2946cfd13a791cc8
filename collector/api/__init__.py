"""The server API, in the words of Synerise's v4 (contracts/synerise-events-api.md, -profiles-api.md)."""

from collector.api.context import ApiContext
from collector.api.endpoint import api_failure
from collector.api.routes import API_PREFIXES, api_routes
from collector.api.tokens import Tokens

__all__ = ["API_PREFIXES", "ApiContext", "Tokens", "api_failure", "api_routes"]
