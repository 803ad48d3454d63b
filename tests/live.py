"""The server as its users start it: the command, in a process of its own, on a free port."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = [str(Path(sys.executable).with_name("cleverinvo"))]
SERVE = [*COMMAND, "serve", "--port", "0"]


class NotStarted(Exception):
    """The server ended before it served."""


@dataclass
class Live:
    """A running server, its address, and the first key and the owner's link where it opened the first account."""

    process: subprocess.Popen[str]
    url: str
    key: str
    invitation: str


@contextmanager
def serving(folder: Path, *options: str, command: Sequence[str] = SERVE, **environment: str) -> Iterator[Live]:
    """Run `cleverinvo serve` on a data directory for as long as the block lasts."""
    process = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "CLEVERINVO_DATA_DIR": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if "CLEVERINVO_KEEP_LOG" in environment else subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Live(process, *_greeting(process))
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _greeting(process: subprocess.Popen[str]) -> tuple[str, str, str]:
    """The address, the key and the link that the server prints when it starts."""
    assert process.stdout is not None
    url = key = invitation = ""
    for line in process.stdout:
        url = url or "".join(re.findall(r"API +(http\S+)/api/v1", line))
        invitation = invitation or "".join(re.findall(r"^ +(http\S+/join/\S+)$", line))
        key = key or "".join(re.findall(r"^ +(ci_live_\w+)$", line))
        if "curl" in line or "another API key" in line:
            return url, key, invitation
    raise NotStarted
