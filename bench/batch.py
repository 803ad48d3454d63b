"""Invoices a second inside one request: 500 of the guide's invoices as one batch, one request after the other.

python -m bench.batch [--database sqlite|postgres] [--seconds 5] [--rounds 5]
"""

from statistics import median
from typing import Final

from bench import load, requests
from bench.servers import Server
from bench.stages import arguments, open_stage

INVOICES: Final = 500
GOAL: Final = 12_000


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with open_stage(chosen.database) as stage:
        rounds = []
        for _ in range(chosen.rounds):
            with stage.ours() as server:
                rounds.append(_measure(server, chosen.seconds))
    milliseconds, cpu = (median(column) for column in zip(*rounds, strict=True))
    print(f"\na batch of {INVOICES}: {milliseconds:.1f} ms, of it {cpu:.1f} ms of the server's core")
    print(f"inside one request: {INVOICES / milliseconds * 1000:,.0f} invoices/s   (goal: {GOAL:,})")


def _measure(server: Server, seconds: float) -> tuple[float, float]:
    """Milliseconds of the median batch, and those of it that the server was busy."""
    batch = f'{{"invoices": [{",".join([requests.invoice(server.client_id)] * INVOICES)}]}}'
    before = server.cpu_seconds()
    result = load.run(server.target, requests.posts(server, "/api/v1/invoices/batch", batch), 1, seconds)
    assert not result.wrong, dict(result.wrong)
    total = server.ask("GET", "/api/v1/invoices?limit=1")["pagination"]["total"]
    assert total == server.created + INVOICES * result.answered, "a batch is not stored in full"
    return result.milliseconds(50), (server.cpu_seconds() - before) / result.answered * 1000


if __name__ == "__main__":
    main()
