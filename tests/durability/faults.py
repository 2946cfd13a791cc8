"""Real faults for a real process: system calls that fail, and small file systems."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest


def not_here(reason: str) -> NoReturn:
    """Skip a test that this machine cannot run; where all must run (CI), fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def failing(pid: int, calls: str, error: str) -> Iterator[None]:
    """Let these system calls of a process (`fsync,fdatasync`) fail with an error (`EIO`) during the block."""
    strace = os.environ.get("E2E_STRACE") or shutil.which("strace")
    if not strace:
        not_here("no strace: .dev/debian.sh strace fetches Debian's")
    process = subprocess.Popen(
        [strace, "-f", "-o", os.devnull, "-e", f"inject={calls}:error={error}", "-p", str(pid)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        if "attached" not in said:
            not_here(f"strace may not attach to a process here: {said}")
        yield
    finally:
        process.send_signal(signal.SIGINT)  # it lets go of the process, and ends
        process.communicate()


@contextlib.contextmanager
def small_file_system(folder: Path, megabytes: int) -> Iterator[Path]:
    """An empty file system in memory of this size, mounted on a new folder during the block."""
    folder.mkdir()
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs"):
        yield folder


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """During the block nobody may write to what lies in a folder. What is open already stays so."""
    with _mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield


@contextlib.contextmanager
def _mounted(folder: Path, *what: str) -> Iterator[None]:
    done = subprocess.run(["mount", *what, folder], capture_output=True, text=True, check=False)
    if done.returncode:
        not_here(f"nothing may be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        # At once out of sight; gone when the last process has closed what it opened there.
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, leave_bytes: int) -> Path:
    """Write, or write on, a file that leaves so many bytes of the file system free; return it."""
    ballast = folder / "ballast"
    with open(ballast, "ab", buffering=0) as file, contextlib.suppress(OSError):
        # Step by step until it fails: others write meanwhile.
        while (found := os.statvfs(folder)).f_bavail * found.f_frsize > leave_bytes or not leave_bytes:
            file.write(bytes(65_536))
    return ballast
