"""Every endpoint that the application has, by a walk of its routes."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from collector import receive
from collector.app import build_app
from collector.config import Config
from collector.front_door import FrontDoor
from collector.security_headers import WithHeaders

SOURCE = "SOURCE-ID"
"""Stands in a path for the id of a source, which is known once there is one."""

_PART = re.compile(r"\{(\w+)(?::\w+)?\}")
_SAMPLES = {"source_id": SOURCE, "write_key": SOURCE, "file": f"{SOURCE}.js", "path": "index.html"}
_AHEAD = (
    *(
        f"{receive.PREFIX}{SOURCE}",
        f"{receive.PREFIX}{SOURCE}.gif",
        f"{receive.PREFIX}{SOURCE}?{receive.LINK_QUERY.decode()}",
    ),
    *(path for path in sorted(receive.SEGMENT_PATHS) if not path.endswith("/")),
    *("/track", f"/collect/hook/{SOURCE}", f"/collect/hook/{SOURCE}/session-1"),
)
"""What is answered ahead of the router."""


class Endpoint(NamedTuple):
    """A path, with ids of what mostly is there, and the methods that it takes."""

    path: str
    methods: tuple[bytes, ...] = (b"POST", b"GET")


def endpoints(folder: Path) -> list[Endpoint]:
    """The endpoints of a collector with the demo, whose store would lie in `folder`."""
    app = build_app(Config(store=f"sqlite:///{folder / 'tagwell.db'}", demo=True))
    assert isinstance(app, FrontDoor)
    assert isinstance(app._rest, WithHeaders)
    router = app._rest._app
    assert isinstance(router, Starlette)
    return [*map(Endpoint, _AHEAD), *_walk(router.routes)]


def _walk(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[Endpoint]:
    for route in routes:
        match route:
            case Route():
                methods = tuple(sorted(method.encode() for method in route.methods or ()))
                yield Endpoint(_sample(prefix + route.path), methods or (b"GET", b"POST"))
            case Mount(routes=[]):
                yield Endpoint(_sample(f"{prefix}{route.path}/{{path}}"), (b"GET",))
            case Mount():
                yield from _walk(route.routes, prefix + route.path)
            case _:
                raise TypeError(f"what is {route!r}?")


def _sample(path: str) -> str:
    return _PART.sub(lambda part: _SAMPLES.get(part[1], "1"), path)
