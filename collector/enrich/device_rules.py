"""What is used of `user_agents`: its rules for mobile, tablet and desktop.

With itself it loads ua-parser's slow engine, 0.2 s and 8 MB at each start, which we do not call. So while it
is imported, an empty module stands in that one's place.
"""

import sys
from types import ModuleType

_SLOW_ENGINE = "ua_parser.user_agent_parser"

_stand_in = ModuleType(_SLOW_ENGINE)
sys.modules.setdefault(_SLOW_ENGINE, _stand_in)
from user_agents.parsers import (  # type: ignore[import-untyped]  # noqa: E402
    UserAgent,
    parse_browser,
    parse_device,
    parse_operating_system,
)

if sys.modules[_SLOW_ENGINE] is _stand_in:
    del sys.modules[_SLOW_ENGINE]

__all__ = ["UserAgent", "parse_browser", "parse_device", "parse_operating_system"]
