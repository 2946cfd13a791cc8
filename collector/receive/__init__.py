"""The beacon endpoint: read, decode, process, append, reply. Beside it the one for links between domains."""

from collector.receive.endpoint import PREFIX, BeaconEndpoint
from collector.receive.intake import Intake
from collector.receive.link import QUERY as LINK_QUERY
from collector.receive.link import LinkEndpoint
from collector.receive.segment import PATHS as SEGMENT_PATHS
from collector.receive.segment import SegmentEndpoint
from collector.receive.segment_settings import segment_routes
from collector.receive.shadow import Shadows
from collector.receive.tracardi import TracardiEndpoint, is_tracardi

__all__ = [
    "LINK_QUERY",
    "PREFIX",
    "SEGMENT_PATHS",
    "BeaconEndpoint",
    "Intake",
    "LinkEndpoint",
    "SegmentEndpoint",
    "Shadows",
    "TracardiEndpoint",
    "is_tracardi",
    "segment_routes",
]
