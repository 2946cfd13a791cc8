"""Find a browser for the tests, or get one; print its path: `browser.py chromium|shell|firefox|webkit`.

Chromium, in this order: E2E_CHROMIUM, the build that belongs to the installed Playwright, a browser of
the system, Playwright's own download, Debian's package. Playwright's build comes before the system's
because it is the one that version was tested with; the download comes late since many machines
cannot reach it. There is no variable by which Playwright itself would take a system browser.

Beside Debian's Chromium the tests take its headless shell: the same engine without tabs and windows, as
Playwright's own build has one, in which a page opens in half the time.

Firefox (E2E_FIREFOX) and WebKit are driven without Playwright, so the system's and Debian's come
first for them; WebKit is nothing but Debian's.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge")
"""Commands that start a Chromium which the installed Playwright can drive."""

DEBIAN_CHROMIUM, DEBIAN_SHELL = "/usr/bin/chromium", "chromium-headless-shell"

FIREFOX_NAMES = ("firefox-esr", "firefox")

FIREFOX_ADVICE = """The delivery tests need a Firefox; none was found or could be installed. Do one of these:
  apt install firefox-esr
  make test E2E_FIREFOX=/path/to/firefox"""

WEBKIT_PACKAGES = ("webkit2gtk-driver", "xvfb")

WEBKIT_ADVICE = f"""WebKit could not be installed. Try: apt install {" ".join(WEBKIT_PACKAGES)}"""

ADVICE = """The browser tests need a Chromium, and none was found or could be installed. Do one of these:
  apt install chromium fonts-liberation
  .venv/bin/playwright install --with-deps chromium
  make test E2E_CHROMIUM=/path/to/chromium"""


def system_browser(names: tuple[str, ...] = NAMES) -> str | None:
    """Return the path of an installed browser, None where there is none."""
    return next((path for name in names if (path := shutil.which(name))), None)


def own_browser() -> str | None:
    """Return the path of the build that belongs to the installed Playwright, None when it was not fetched."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def run(*command: str, seconds: float = 600) -> bool:
    """Run a command, its output as ours on stderr; tell whether it ended well and in time."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, stdout=sys.stderr, timeout=seconds, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install_debian(*packages: str) -> bool:
    """Install Debian packages, as root or by a sudo that asks nothing; tell whether it worked."""
    root = () if os.geteuid() == 0 else ("sudo", "-n")
    if not shutil.which("apt-get") or (root and not shutil.which("sudo")):
        return False
    print(f"Installing Debian's {' '.join(packages)}", file=sys.stderr, flush=True)
    return run(*root, "apt-get", "update", "-qq") and run(
        *root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages
    )


def driver_starts() -> bool:
    """Tell whether Playwright's driver runs: some versions of it want a library that a bare Debian lacks."""
    done = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True)
    return done.returncode == 0


def chromium() -> str:
    """Return Chromium's path. Raises LookupError, with what to do, where none can be had."""
    if not driver_starts() and not (install_debian("libatomic1") and driver_starts()):
        raise LookupError("Playwright's driver does not start. Try: apt install libatomic1")
    if path := os.environ.get("E2E_CHROMIUM") or own_browser() or system_browser():
        return path
    if not os.environ.get("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD"):
        run(sys.executable, "-m", "playwright", "install", "chromium", seconds=900)
        if path := own_browser():
            return path
    if install_debian("chromium", "fonts-liberation") and (path := system_browser()):
        return path
    raise LookupError(ADVICE)


def shell() -> str:
    """Return the path of the headless shell that belongs to E2E_CHROMIUM; "" where that does its work."""
    if os.environ.get("E2E_CHROMIUM") != DEBIAN_CHROMIUM:
        return ""
    if not shutil.which(DEBIAN_SHELL):
        install_debian(DEBIAN_SHELL)
    return shutil.which(DEBIAN_SHELL) or ""


def firefox() -> str:
    """Return Firefox's path. Raises LookupError, with what to do, where none can be had."""
    if path := os.environ.get("E2E_FIREFOX") or system_browser(FIREFOX_NAMES):
        return path
    if install_debian("firefox-esr") and (path := system_browser(FIREFOX_NAMES)):
        return path
    raise LookupError(FIREFOX_ADVICE)


def webkit() -> str:
    """Return the path of WebKit's driver. Raises LookupError where it cannot be had."""
    if not (shutil.which("WebKitWebDriver") and shutil.which("Xvfb")):
        install_debian(*WEBKIT_PACKAGES)
    if (path := shutil.which("WebKitWebDriver")) and shutil.which("Xvfb"):
        return path
    raise LookupError(WEBKIT_ADVICE)


if __name__ == "__main__":
    try:
        print({"chromium": chromium, "shell": shell, "firefox": firefox, "webkit": webkit}[sys.argv[1]]())
    except LookupError as missing:
        sys.exit(str(missing.args[0]))
