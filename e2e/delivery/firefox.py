"""Firefox by WebDriver BiDi, which it speaks without a driver program."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from e2e.delivery.driver import BrowserError, Wire, launched, profile_folder

PREFERENCES: dict[str, bool | int | str] = {
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.topsites.contile.enabled": False,
    "captivedetect.canonicalURL": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.allow_scripts_to_close_windows": True,
    "dom.disable_open_during_load": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class FirefoxTab:
    def __init__(self, wire: Wire, context: str) -> None:
        self._wire = wire
        self._context = context

    def goto(self, url: str) -> None:
        self._wire.call(
            "browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"}
        )

    def visit(self, url: str) -> None:
        self._wire.call("browsingContext.navigate", {"context": self._context, "url": url, "wait": "none"})

    def evaluate(self, script: str) -> Any:
        # As JSON text: BiDi writes objects its own way.
        done = self._wire.call(
            "script.evaluate",
            {
                "expression": f"(async () => JSON.stringify((await ({script})) ?? null))()",
                "target": {"context": self._context},
                "awaitPromise": True,
            },
        )
        if done["type"] == "exception":
            raise BrowserError(done["exceptionDetails"]["text"])
        return json.loads(done["result"]["value"])

    def reload(self) -> None:
        self._wire.call("browsingContext.reload", {"context": self._context, "wait": "complete"})

    def back(self) -> None:
        self.evaluate("void setTimeout(() => history.back())")

    def activate(self) -> None:
        self._wire.call("browsingContext.activate", {"context": self._context})

    def offline(self, offline: bool) -> None:
        conditions = {"type": "offline"} if offline else None
        params = {"networkConditions": conditions, "contexts": [self._context]}
        self._wire.call("emulation.setNetworkConditions", params)

    def close(self) -> None:
        self._wire.call("browsingContext.close", {"context": self._context})

    def closed(self) -> bool:
        tabs = self._wire.call("browsingContext.getTree", {"maxDepth": 0})["contexts"]
        return all(one["context"] != self._context for one in tabs)


class FirefoxContext:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._id = wire.call("browser.createUserContext", {})["userContext"]

    def new_tab(self, url: str = "about:blank") -> FirefoxTab:
        params = {"type": "tab", "userContext": self._id}
        try:
            made = self._wire.call("browsingContext.create", params)
        except BrowserError:
            # It opens beside the current tab, which another visitor may just have closed.
            made = self._wire.call("browsingContext.create", params)
        tab = FirefoxTab(self._wire, made["context"])
        if url != "about:blank":
            tab.goto(url)
        return tab

    def start_tab(self, url: str) -> FirefoxTab:
        tab = self.new_tab()
        tab.visit(url)
        return tab

    def close(self) -> None:
        self._wire.call("browser.removeUserContext", {"userContext": self._id})


class Firefox:
    name = "firefox"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def new_context(self) -> FirefoxContext:
        return FirefoxContext(self._wire)


@contextlib.contextmanager
def run_firefox(path: str, *, keep_pages: bool = True) -> Iterator[Firefox]:
    """Run it; `keep_pages` is its back/forward cache."""
    wanted = PREFERENCES | ({} if keep_pages else {"browser.sessionhistory.max_total_viewers": 0})
    user = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wanted.items())
    with profile_folder({"user.js": user}) as folder:
        command = [
            path,
            "--headless",
            "--no-remote",
            "--profile",
            str(folder),
            "--remote-debugging-port",
            "0",
        ]
        with launched(command, r"WebDriver BiDi listening on (ws://\S+)") as wire:
            wire.call("session.new", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}})
            yield Firefox(wire)
