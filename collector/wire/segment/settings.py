"""What the clients in browsers ask before they send: Segment's settings document, RudderStack's source.

Source: contracts/segment-customerio.md sections 5 and 6.
"""

from typing import Any

_INTEGRATIONS = ("Segment.io", "Customer.io Data Pipelines")
"""What each vendor's client calls the place it sends to."""


def settings_document(write_key: str, base_url: str) -> dict[str, Any]:
    """Return the settings of a write key. `base_url`: the collector's, with a scheme and no slash at its end.

    The plan leaves every event open: what a source's lists refuse is not told in words.
    """
    protocol, _, host = base_url.partition("://")
    integration = {"apiKey": write_key, "apiHost": f"{host}/v1", "protocol": protocol}
    everything = {"__default": {"enabled": True}}
    return {
        "integrations": dict.fromkeys(_INTEGRATIONS, integration),
        "plan": {"track": everything, "identify": everything, "group": everything},
        "edgeFunction": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "remotePlugins": [],
        "analyticsNextEnabled": True,
        "legacyVideoPluginsEnabled": False,
        "middlewareSettings": {},
    }


def source_config(write_key: str, updated_at: str) -> dict[str, Any]:
    """Return RudderStack's description of a source: one without destinations, that reports nothing elsewhere.

    A source's name is its owner's; its id stands in its place.
    """
    silent = {"enabled": False}
    return {
        "source": {
            "id": write_key,
            "name": write_key,
            "writeKey": write_key,
            "enabled": True,
            "workspaceId": write_key,
            "config": {"statsCollection": {"errors": silent, "metrics": silent}},
            "destinations": [],
        },
        "updatedAt": updated_at,
    }
