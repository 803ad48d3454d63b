"""A disk whose power may go: what was synced is there, of everything else anything may be.

Strict about it, as POSIX is: the name of a new file is only there after a restart if its folder was synced.
"""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.tracing import Call

SECTOR = 512
"""What a disk writes whole or not at all."""

Choice = Callable[[], bool]


@dataclass
class File:
    """One file: what is on the disk for sure, and the changes that may or may not be."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Writes at an offset, and cuts to a length (None)."""
    position: int = 0
    """Where the next plain write goes; each file is written plainly by one descriptor at most."""

    def sync(self) -> None:
        self._change(self.synced, lambda: True)
        self.pending = []

    def image(self, arrives: Choice) -> bytes:
        """The content with those pending sectors that arrive."""
        content = bytearray(self.synced)
        self._change(content, arrives)
        return bytes(content)

    def _change(self, content: bytearray, arrives: Choice) -> None:
        for offset, data in self.pending:
            if data is None:
                if arrives():
                    del content[offset:]
                continue
            for start in range(0, len(data), SECTOR):
                if arrives():
                    _put(content, offset + start, data[start : start + SECTOR])


class Disk:
    """The files below one folder, as a recording of system calls changes them."""

    def __init__(self, folder: Path, *, honours_sync: bool = True) -> None:
        self._folder = str(folder)
        self._honours_sync = honours_sync
        self._names: dict[str, File] = {}
        self._synced_names: dict[str, File] = {}

    def play(self, call: Call) -> bool:
        """Do what a call that succeeded did; whether the disk may look different now."""
        path = call.paths[-1] if call.name in ("openat", "unlink", "link", "rename") else call.path
        if not call.is_done or not path.startswith(self._folder):
            return False
        file = self._names.get(path)
        match call.name:
            case "openat" if "O_CREAT" in call.text and file is None:
                self._names[path] = File()
            case "pwrite64" if file is not None:
                file.pending.append((call.last_number, call.data))
            case "write" if file is not None:
                file.pending.append((file.position, call.data))
                file.position += len(call.data)
            case "lseek" if file is not None:
                file.position = call.result or 0
                return False
            case "ftruncate" if file is not None:
                file.pending.append((call.last_number, None))
            case "unlink":
                self._names.pop(path)
            case "link" | "rename":
                self._names[path] = self._names[call.paths[0]]
                if call.name == "rename":
                    del self._names[call.paths[0]]
            case "fsync" | "fdatasync" if self._honours_sync:
                self._sync(path, file)
            case _:
                return False
        return True

    def _sync(self, path: str, file: File | None) -> None:
        if file is not None:
            file.sync()
        else:
            known = {**self._synced_names, **self._names}
            for name in known:
                if os.path.dirname(name) == path:
                    self._put_name(name)

    def _put_name(self, name: str) -> None:
        """A folder was synced: this name in it is on the disk as it is now."""
        if name in self._names:
            self._synced_names[name] = self._names[name]
        else:
            del self._synced_names[name]

    def image(self, arrives: Choice) -> dict[str, bytes]:
        """The files, by name, as they may be found when the power is back."""
        names = self._names if arrives() else self._synced_names
        return {Path(name).name: file.image(arrives) for name, file in names.items()}


def images(disk: Disk, torn: int, chance: random.Random) -> Iterator[dict[str, bytes]]:
    """What may be found: all that was written, nothing that was not synced, and some of it in some torn ways."""
    yield disk.image(lambda: True)
    yield disk.image(lambda: False)
    for _ in range(torn):
        yield disk.image(lambda: chance.random() < 0.5)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data
