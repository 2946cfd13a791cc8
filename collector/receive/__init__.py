"""The beacon endpoint: read, decode, process, append, reply. Beside it the one for links between domains."""

from collector.receive.endpoint import PREFIX, BeaconEndpoint
from collector.receive.link import QUERY as LINK_QUERY
from collector.receive.link import LinkEndpoint
from collector.receive.shadow import Shadows

__all__ = ["LINK_QUERY", "PREFIX", "BeaconEndpoint", "LinkEndpoint", "Shadows"]
