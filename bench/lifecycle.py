"""Payments and sent invoices a second over HTTP, at 32 connections: ours, and a server on an ORM (A).

    python -m bench.lifecycle [--database sqlite|postgres] [--seconds 3] [--rounds 5] [--with-worker]

Each round starts both anew and measures them one after the other; what is printed are medians, and a ratio is the
median of the rounds' ratios. A sent invoice's document is made by the worker after the answer, so that the two do
the same work; `--with-worker` measures ours while it is made on the same core.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from itertools import cycle
from statistics import median
from typing import Any, Final

from bench import load, requests
from bench.servers import Server
from bench.stages import Stage, arguments, open_stage

CONNECTIONS: Final = 32
GOAL: Final = 10
OPEN_INVOICES: Final = 400
"""How many take payments in turn: more than connections, fewer than payments."""

BATCH: Final = 500
DRAFTS_A_SECOND: Final = {"ours": 6_000, "A": 800}
"""How many can at most be sent; a run that could have sent more is refused."""

PAYMENT: Final = '{"amount": 0.01, "method": "bank_transfer", "reference": "EREF 2026-0301"}'
SENDING: Final = '{"status": "SENT"}'


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--with-worker", action="store_true", help="serve as users do, with the worker beside")
    chosen = parser.parse_args()
    samples: dict[str, list[float]] = defaultdict(list)
    options = () if chosen.with_worker else ("--no-worker",)
    with open_stage(chosen.database) as stage:
        for number in range(1, chosen.rounds + 1):
            _measure_round(stage, options, chosen.seconds, samples)
            print(f"round {number}: {', '.join(f'{name} {rates[-1]:,.0f}' for name, rates in samples.items())}")
    print("\n              requests/s   p50 ms   CPU µs each")
    for name in ("ours payments", "A payments", "ours sends", "A sends"):
        figures = [median(samples[f"{name}{figure}"]) for figure in ("", " p50", " cpu")]
        print(f"{name:>14} {figures[0]:>9,.0f} {figures[1]:>8.2f} {figures[2]:>13,.0f}")
    for what in ("payments", "sends"):
        rate, cpu = _ratio(samples, what, ""), 1 / _ratio(samples, what, " cpu")
        print(f"ours/A, {what}: {rate:.2f} a second, {cpu:.2f} for the same CPU time   (goal: {GOAL})")


def _ratio(samples: dict[str, list[float]], what: str, figure: str) -> float:
    """The median of the rounds' ratios. That of CPU time means something on a machine that others use, too."""
    pairs = zip(samples[f"ours {what}{figure}"], samples[f"A {what}{figure}"], strict=True)
    return median(ours / other for ours, other in pairs)


def _measure_round(stage: Stage, options: Sequence[str], seconds: float, samples: dict[str, list[float]]) -> None:
    with stage.ours(*options) as ours, stage.reference() as reference:
        for name, server in (("ours", ours), ("A", reference)):
            most = int(DRAFTS_A_SECOND[name] * (seconds + load.WARM_UP_SECONDS))
            drafts = _create(server, most + OPEN_INVOICES, in_batches=name == "ours")
            taking, sending = drafts[:OPEN_INVOICES], drafts[OPEN_INVOICES:]
            for id in taking:
                server.ask("PATCH", f"/api/v1/invoices/{id}", SENDING)
            paths = cycle(f"/api/v1/invoices/{id}/payments" for id in taking)
            payments = requests.each(server, "POST", paths, PAYMENT)
            _measure(f"{name} payments", server, 201, payments, seconds, samples)
            sends = requests.each(server, "PATCH", (f"/api/v1/invoices/{id}" for id in sending), SENDING)
            _measure(f"{name} sends", server, 200, sends, seconds, samples)


def _measure(
    name: str, server: Server, status: int, asked: Iterator[bytes], seconds: float, samples: dict[str, list[float]]
) -> None:
    before = server.cpu_seconds()
    result = load.run(load.Target(server.host, server.port, status), asked, CONNECTIONS, seconds)
    assert not result.wrong, f"{name} answered {dict(result.wrong)}"
    samples[name].append(result.rate)
    samples[f"{name} p50"].append(result.milliseconds(50))
    samples[f"{name} cpu"].append((server.cpu_seconds() - before) / result.answered * 1e6)


def _create(server: Server, how_many: int, *, in_batches: bool) -> list[str]:
    """The ids of so many new drafts."""
    body = requests.invoice(server.client_id)
    path, size = "/api/v1/invoices", 1
    if in_batches:
        path, size = "/api/v1/invoices/batch", BATCH
        body = f'{{"invoices": [{",".join([body] * BATCH)}]}}'
    http, made = HTTPConnection(server.host, server.port, timeout=60), list[str]()
    while len(made) < how_many:
        headers = {"authorization": f"Bearer {server.key}", "content-type": "application/json"}
        http.request("POST", path, body, headers | {"idempotency-key": f"draft {len(made)}"})
        answer: Any = json.loads(http.getresponse().read())
        made += [item["invoice"]["id"] for item in answer["data"]] if size > 1 else [answer["id"]]
    http.close()
    return made


if __name__ == "__main__":
    main()
