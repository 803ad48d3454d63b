"""strace: to kill a command at an exact system call, to let a call fail, and to read what reached the disk.

Where strace is not there, the tests that need it fail and say so: a proof that did not run is not a proof.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

WRITING = "write,writev,pwrite64,lseek,fsync,fdatasync,ftruncate,openat,unlink,link,rename"

_LINE = re.compile(r"\d+ +(?:(\w+)\((.*)|<\.\.\. (\w+) resumed>(.*))$")
_RESULT = re.compile(r"\) += (-?\d+)[^)]*$")
_UNFINISHED = " <unfinished ...>"
_QUOTED = re.compile(r'"((?:\\x..)*)"')
_PATH = re.compile(r"<((?:\\x..)+)>")


def traced(*options: str) -> list[str]:
    """What to put before a command. It stays the direct child, so that signals reach it and not strace."""
    if shutil.which("strace") is None:
        pytest.fail("strace is not installed (apt-get install strace): what this proves is not proven here")
    return ["strace", "-D", "-f", "-qq", *options]


def injected(
    call: str, effect: str, when: str, path: Path | None = None, log: Path = Path(os.devnull)
) -> list[str]:
    """The command meets an effect, such as `signal=KILL` or `error=EIO`, at those of its calls.

    `when` is `3` for the third call, `3..5` for three of them, `3+` for the third and all after. Each thread
    counts its own calls, and only those on the path, where there is one.
    """
    where = [] if path is None else ["-P", str(path)]
    return traced("-o", str(log), *where, "-e", f"trace={call}", "-e", f"inject={call}:{effect}:when={when}")


def recorded(log: Path) -> list[str]:
    """All that the command writes to files and sockets is written into a log as well."""
    # --seccomp-bpf stops at the traced calls only, which is much faster; with it, strace would inject nothing.
    return traced("--seccomp-bpf", "-y", "-xx", "-s", "10000000", "-o", str(log), "-e", f"trace={WRITING}")


class Call(NamedTuple):
    """One system call of a recording that succeeded, or has only begun."""

    name: str
    path: str
    """Of its first file, or what stands for a socket."""
    text: str
    """Its arguments as strace writes them."""
    result: int | None
    """None while it has only begun."""

    @property
    def is_done(self) -> bool:
        return self.result is not None

    @property
    def data(self) -> bytes:
        return b"".join(map(_unescape, _QUOTED.findall(self.text)))

    @property
    def paths(self) -> list[str]:
        """Of a call that names files instead of having them open."""
        return [_unescape(found).decode() for found in _QUOTED.findall(self.text)]

    @property
    def last_number(self) -> int:
        """An offset or a length."""
        return int(self.text.rsplit(", ", 1)[1])


def read(log: Path) -> Iterator[Call]:
    """The calls of a recording: each when it begins, and again when it has succeeded."""
    begun: dict[str, str] = {}
    with log.open() as lines:
        for line in lines:
            found = _LINE.match(line.rstrip("\n"))
            if found is None:
                continue  # a signal, or an exit
            thread = line.split(None, 1)[0]
            name, text = found[1] or found[3], found[2] if found[1] else begun.pop(thread, "") + found[4]
            if found[1]:
                yield _call(name, text.removesuffix(_UNFINISHED), None)
            if text.endswith(_UNFINISHED):
                begun[thread] = text.removesuffix(_UNFINISHED)
            elif (result := _RESULT.search(text)) and not result[1].startswith("-"):
                yield _call(name, text[: result.start()], int(result[1]))


def _call(name: str, text: str, result: int | None) -> Call:
    path = _PATH.search(text)
    return Call(name, _unescape(path[1]).decode() if path else "", text, result)


def _unescape(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
