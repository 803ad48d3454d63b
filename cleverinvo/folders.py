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
