"""Makes and joins everything: the only wiring."""

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from collector import receive
from collector.admin import AdminContext, Attribution, admin_routes
from collector.api import API_PREFIXES, ApiContext, Tokens, api_failure, api_routes
from collector.api.activation_page import activation_routes
from collector.api.mail_pages import mail_routes
from collector.assets import static_dir
from collector.auth.keys import read_or_make_secret
from collector.config import Config, load_config
from collector.demo import LOCAL_ADDRESS, demo_routes
from collector.enrich import Enricher, Geo
from collector.front_door import FrontDoor
from collector.jobs import Jobs
from collector.jobs.mail import make_sender
from collector.limits import Limits
from collector.privacy.rules import rules_of
from collector.probes import Metrics, Ready, healthz
from collector.receive.address import visitor_address
from collector.receive.endpoint import RETRY_AFTER_S
from collector.receive.exchange import read_headers
from collector.security_headers import WithHeaders
from collector.store import Store, StoreUnavailable, connect
from collector.store.catalog import Catalog
from snippet.endpoint import TagEndpoint
from snippet.vendor import vendor_routes

log = logging.getLogger(__name__)

STATIC_CACHE = "public, max-age=86400"
"""A day: the pages name these files by their content, so that a new one has a new address."""


def app_from_environment() -> ASGIApp:
    """The application of one worker process, whose parent put the settings into TAGWELL_*."""
    return build_app(load_config({}))


def build_app(config: Config) -> ASGIApp:
    """Return the collector on a migrated store."""
    store = connect(config.store)
    catalog = Catalog(store, prepare=rules_of)
    geo = make_geo(config)
    enricher = Enricher(geo)
    jobs = Jobs(store, geo, make_sender(config, _secret_key(config)))
    shadows = receive.Shadows(catalog, store)
    limits = Limits(store, address_limit=config.address_limit, workers=config.workers)
    intake = receive.Intake(catalog, store, enricher, config.proxy_networks, shadows, limits)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        store.open()
        catalog.load()
        enricher.warm()
        # What is made by now stays: looking through it at every collection held requests up for 80 ms.
        gc.freeze()
        _end_with_parent()
        tasks = [asyncio.create_task(catalog.watch()), asyncio.create_task(jobs.run())]
        tasks.append(asyncio.create_task(shadows.run()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(StoreUnavailable):
                shadows.flush()
            store.close()

    rest = Starlette(
        routes=_routes(config, store, catalog, geo, enricher, limits),
        exception_handlers={
            HTTPException: _refuse,
            ClientDisconnect: _gone,
            StoreUnavailable: _say_unavailable,
        },
        lifespan=lifespan,
    )
    # A path with a slash too many is another path. The redirect would lead to whatever Host the caller named.
    rest.router.redirect_slashes = False
    beacons = receive.BeaconEndpoint(intake)
    links = receive.LinkEndpoint(catalog, store, _secret_key(config), config.proxy_networks, limits)
    segment, tracardi = receive.SegmentEndpoint(intake), receive.TracardiEndpoint(intake)
    return FrontDoor(
        beacons, links, segment, tracardi, rest, known=catalog.known, public_url=config.public_url
    )


def _secret_key(config: Config) -> bytes:
    return config.secret_key.encode() or read_or_make_secret(config.secret_path)


def _end_with_parent() -> None:
    """In a worker process: stop in good order when the parent is gone, which else would leave us serving."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_reader(parent.sentinel)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(parent.sentinel, stop)


def make_geo(config: Config) -> Geo:
    """The geo databases that these settings name."""
    return Geo(
        Path(config.geo_db) if config.geo_db else None,
        config.geo_path,
        local_address=config.local_address or (LOCAL_ADDRESS if config.demo else ""),
    )


def _routes(
    config: Config, store: Store, catalog: Catalog, geo: Geo, enricher: Enricher, limits: Limits
) -> list[BaseRoute]:
    api = _api_context(config, store, catalog, enricher, limits)
    return [
        Route("/", _to_admin),
        Route(
            "/t/{file}",
            TagEndpoint(catalog.find, store.frozen_tag, base_url=config.public_url.rstrip("/") or None),
        ),
        *vendor_routes(catalog.find),
        *receive.segment_routes(catalog.find, config.public_url.rstrip("/") or None),
        Route("/admin", _to_admin),
        Mount("/admin", routes=admin_routes(_admin_context(config, store, geo, enricher))),
        *api_routes(api),
        *mail_routes(api),
        *activation_routes(api),
        Mount("/static", WithHeaders(StaticFiles(directory=static_dir()), {"cache-control": STATIC_CACHE})),
        Route("/healthz", healthz),
        Route("/readyz", Ready(store, min_free_bytes=config.min_free_mb * 1_000_000), methods=["GET"]),
        Route("/metrics", Metrics(store, catalog), methods=["GET"]),
        *(demo_routes() if config.demo else ()),
    ]


def _api_context(
    config: Config, store: Store, catalog: Catalog, enricher: Enricher, limits: Limits
) -> ApiContext:
    secret_key = _secret_key(config)
    return ApiContext(
        store=store,
        catalog=catalog,
        enricher=enricher,
        limits=limits,
        secret_key=secret_key,
        tokens=Tokens(store, catalog, secret_key, _now_ms),
        client_address=_client_address(config),
        base_url=config.base_url,
        public_url=config.public_url,
        now_ms=_now_ms,
    )


def _client_address(config: Config) -> Callable[[Request], str]:
    def client_address(request: Request) -> str:
        return visitor_address(request.scope, read_headers(request.scope), config.proxy_networks)

    return client_address


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _admin_context(config: Config, store: Store, geo: Geo, enricher: Enricher) -> AdminContext:
    def attribution() -> Attribution | None:
        return Attribution(geo.attribution, geo.attribution_url or "") if geo.attribution else None

    return AdminContext(
        store=store,
        enricher=enricher,
        secret_key=_secret_key(config),
        secure_cookies=config.public_url.startswith("https://"),
        now_ms=_now_ms,
        base_url=config.public_url.rstrip("/") or None,
        link_url=config.base_url,
        mail_server=config.mail_server.shown if config.mail_server else "",
        client_address=_client_address(config),
        geo_note=lambda: geo.problem or geo.description,
        geo_attribution=attribution,
    )


async def _to_admin(_request: Request) -> Response:
    return RedirectResponse("/admin/", 307)


async def _refuse(request: Request, error: Exception) -> Response:
    """A wrong path or method, answered in the dialect of the path: JSON with `detail`, or the API's error."""
    if not isinstance(error, HTTPException):
        raise error
    if request.url.path.startswith(API_PREFIXES):
        return api_failure(request, error)
    return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)


async def _gone(_request: Request, _error: Exception) -> Response:
    """A sender who went before all was said. Nobody gets this answer, and the log is spared a traceback."""
    return Response(status_code=400)


async def _say_unavailable(_request: Request, _error: Exception) -> Response:
    return JSONResponse(
        {"detail": "the store cannot be read or written now"},
        503,
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def settings_environment(config: Config) -> dict[str, str]:
    """The settings as TAGWELL_* variables, for worker processes to read."""
    return {
        f"TAGWELL_{name.upper()}": ("on" if value else "off") if isinstance(value, bool) else str(value)
        for name, value in msgspec.structs.asdict(config).items()
        if value != ""
    }
