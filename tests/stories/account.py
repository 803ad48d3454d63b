"""What a user of the API has in hand: an address, a key, and an HTTP client."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.live import Live, serving


@contextmanager
def opened(folder: Path, key: str = "") -> Iterator[tuple[httpx.Client, Live]]:
    """The command serving a data directory, and a client with its key: the printed one, or one known before."""
    with serving(folder) as server:
        headers = {"authorization": f"Bearer {key or server.key}"}
        with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=30) as api:
            yield api, server


def line(description: str, unit_price: float, quantity: float = 1) -> dict[str, Any]:
    return {"description": description, "quantity": quantity, "unitPrice": unit_price}
