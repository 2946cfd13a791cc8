"""The beacon endpoint: read, decode, process, append, reply."""

from collector.receive.endpoint import PREFIX, BeaconEndpoint

__all__ = ["PREFIX", "BeaconEndpoint"]
