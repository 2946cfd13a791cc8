"""From the site's own path: script, events and debug are first-party, and nothing says our name."""

from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from collector.model.policy import Policy
from collector.model.source import Settings, TagSettings
from e2e.conftest import StartCollector
from e2e.install.conftest import Console
from e2e.install.nginx import PROXY_ADDRESS, free_ports, run_nginx
from snippet.install import script_line, stub_line
from snippet.proxy import proxy_setup


def test_behind_the_site_s_nginx(
    start_collector: StartCollector,
    tmp_path: Path,
    page: Page,
    context: BrowserContext,
    console: Console,
    page_errors: list[str],
) -> None:
    collector = start_collector(environment={"TAGWELL_TRUSTED_PROXIES": PROXY_ADDRESS})
    ports = free_ports()
    site = f"http://127.0.0.1:{ports.site}"
    source = collector.add_source(
        settings=Settings(origins=(site,), tag=TagSettings(name="acme", path="app")),
        policy=Policy(address="full"),
    )
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text(
        f"<!doctype html><title>Shop</title><link rel=icon href=data:,>"
        f"{stub_line('acme')}<script>acme.track('early')</script>"
        f"{script_line('/shop/app.js')}"
    )
    setup = proxy_setup("nginx", f"http://127.0.0.1:{ports.collector}", source)
    with run_nginx(tmp_path, ports, setup=setup, collector=collector.url) as seen:
        # The site's own affairs, and no business of ours.
        context.add_cookies([{"name": "login", "value": "secret", "url": site}])
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site}/")
        visit = collector.wait_for(source.source_id, "page.visit")
        collector.wait_for(source.source_id, "early")
        page.evaluate("acme.debug()")
        console.wait_for(f"acme {source.source_id[:8]}: events go to {site}/shop/app.")

        assert visit.context["address"] == "127.0.0.1"
        assert {url for url in asked if "favicon" not in url} == {
            f"{site}/",
            f"{site}/shop/app.js",
            f"{site}/shop/app.js?debug",
            f"{site}/shop/app",
        }
        # What the browser keeps goes to the site alone.
        names = {cookie["name"] for cookie in context.cookies()}
        assert names - {f"acme_{visit.uuid}"} == {"login", "acme_uuid"}
        reached = seen.read_text()
        assert f"GET /t/{source.source_id}.js cookie=- authorization=-" in reached
        assert f"POST /b/{source.source_id} cookie=- authorization=-" in reached
        assert "secret" not in reached

        # Nothing fixed is left to know us by.
        kept = page.evaluate(
            "Object.keys(window).concat(Object.keys(localStorage), [document.cookie]).join()"
        )
        assert "acme" in kept
        assert "tagwell" not in kept.lower()
    assert page_errors == []
