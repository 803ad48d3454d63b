"""Folders on the disk: a new file is only found again after a loss of power if its folder was synced, too."""

import os
from pathlib import Path


def sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make(folder: Path, known: Path) -> None:
    """Make a folder and those above it up to a known one, each durable in its own."""
    if folder.exists() or folder == known:
        folder.mkdir(parents=True, exist_ok=True)
        return
    make(folder.parent, known)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)
