"""Chromium by its DevTools protocol."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

from e2e.conftest import QUIET
from e2e.delivery.driver import ANSWER_SECONDS, BrowserError, Wire, launched, profile_folder

SWITCHES = (
    *QUIET,
    "--headless=new",
    "--disable-popup-blocking",
    "--ignore-certificate-errors",
    "--remote-debugging-port=0",
)


class ChromiumTab:
    def __init__(self, wire: Wire, target: str) -> None:
        self._wire = wire
        self._target = target
        attached = wire.call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """What the protocol's command returns."""
        return self._wire.call(method, params, sessionId=self._session)

    def goto(self, url: str) -> None:
        # Only the old document has it: the new one has loaded once it is gone and all is there.
        self.evaluate("void (window.leaving = true)")
        self.command("Page.navigate", url=url)
        self._loaded()

    def visit(self, url: str) -> None:
        self.command("Page.navigate", url=url)

    def _loaded(self) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(BrowserError):
                if self.evaluate("!window.leaving && document.readyState === 'complete'"):
                    return
            time.sleep(0.01)
        raise BrowserError("the page did not load")

    def evaluate(self, script: str) -> Any:
        done = self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise BrowserError(
                json.dumps(done["exceptionDetails"].get("exception", done["exceptionDetails"]))
            )
        return done["result"].get("value")

    def reload(self) -> None:
        self.evaluate("void (window.leaving = true)")
        self.command("Page.reload")
        self._loaded()

    def back(self) -> None:
        # From a timer: the answer to the command would be lost with the page.
        self.evaluate("void setTimeout(() => history.back())")

    def activate(self) -> None:
        self._wire.call("Target.activateTarget", {"targetId": self._target})

    def offline(self, offline: bool) -> None:
        self.command("Network.enable")
        self.command(
            "Network.emulateNetworkConditions",
            offline=offline,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def close(self) -> None:
        self._wire.call("Target.closeTarget", {"targetId": self._target})

    def closed(self) -> bool:
        targets = self._wire.call("Target.getTargets", {})["targetInfos"]
        return all(one["targetId"] != self._target for one in targets)


class ChromiumContext:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._id = wire.call("Target.createBrowserContext", {})["browserContextId"]

    def new_tab(self, url: str = "about:blank") -> ChromiumTab:
        tab = self.start_tab("about:blank")
        if url != "about:blank":
            tab.goto(url)
        return tab

    def start_tab(self, url: str) -> ChromiumTab:
        params = {"url": url, "browserContextId": self._id}
        return ChromiumTab(self._wire, self._wire.call("Target.createTarget", params)["targetId"])

    def close(self) -> None:
        self._wire.call("Target.disposeBrowserContext", {"browserContextId": self._id})


class Chromium:
    name = "chromium"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def new_context(self) -> ChromiumContext:
        return ChromiumContext(self._wire)


@contextlib.contextmanager
def run_chromium(path: str, *switches: str, keep_pages: bool = True) -> Iterator[Chromium]:
    """Run it; `keep_pages` is its back/forward cache."""
    more = [*switches] if keep_pages else [*switches, "--disable-back-forward-cache"]
    with profile_folder({}) as folder:
        command = [path, *SWITCHES, *more, f"--user-data-dir={folder}", "about:blank"]
        with launched(command, r"DevTools listening on (ws://\S+)") as wire:
            yield Chromium(wire)
