"""Durable invoices a second over HTTP: ours, a server on an ORM (A), and the bare rows without a server (B).

    python -m bench.create [--database sqlite|postgres] [--seconds 5] [--rounds 5]

Each round starts all three anew on fresh copies and measures them one after the other, so that a machine which
is slow for a while is slow for all. What is printed are medians; a ratio is the median of the rounds' ratios.
"""

from collections import defaultdict
from statistics import median
from typing import Final

from bench import load, requests
from bench.servers import Server
from bench.stages import Stage, arguments, open_stage

CONNECTIONS: Final = (1, 8, 32, 128)

GOALS: Final = {
    "sqlite": {"A": {32: 12, 128: 12}, "B": {32: 0.9, 128: 1.2}},
    "postgres": {"A": {32: 14, 128: 14}, "B": {32: 2, 128: 2}},
}
"""Ratios to reach, by connections. B is the same on any number of them: it is measured beside each."""

Samples = dict[str, list[float]]
"""The rounds' measurements by name, such as `ours 32` in invoices a second."""


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    samples: Samples = defaultdict(list)
    with open_stage(chosen.database) as stage:
        for number in range(1, chosen.rounds + 1):
            _measure_round(stage, chosen.seconds, samples)
            print(f"round {number}: {_summary(samples)}", flush=True)
    _print_table(samples)
    _print_ratios(samples, chosen.database)


def _measure_round(stage: Stage, seconds: float, samples: Samples) -> None:
    with stage.ours() as ours, stage.reference() as reference, stage.raw() as raw:
        for connections in CONNECTIONS:
            samples[f"B {connections}"].append(raw(seconds))
            _measure("ours", ours, connections, seconds, samples)
            _measure("A", reference, connections, seconds, samples)
        _check_numbers(ours)
        _check_numbers(reference)


def _measure(name: str, server: Server, connections: int, seconds: float, samples: Samples) -> None:
    target = load.Target(server.host, server.port, status=201)
    before = server.cpu_seconds()
    result = load.run(target, requests.creates(server), connections, seconds)
    assert not result.wrong, f"{name} answered {dict(result.wrong)}"
    server.created += result.answered
    samples[f"{name} {connections}"].append(result.rate)
    samples[f"{name} {connections} p50"].append(result.milliseconds(50))
    samples[f"{name} {connections} p99"].append(result.milliseconds(99))
    samples[f"{name} {connections} cpu"].append((server.cpu_seconds() - before) / result.answered * 1e6)


def _check_numbers(server: Server) -> None:
    """As many numbers were taken as invoices were answered: none lost, none twice."""
    answer = server.ask("POST", "/api/v1/invoices", requests.invoice(server.client_id))
    number = int(answer["invoiceNumber"].removeprefix("INV-"))
    assert number == server.created + 1, f"{server.created} invoices were answered, the next has number {number}"


def _summary(samples: Samples) -> str:
    names = ("ours 32", "A 32", "B 32")
    return ", ".join(f"{name} {samples[name][-1]:,.0f}/s" for name in names)


def _print_table(samples: Samples) -> None:
    print("\nconnections        invoices/s   p50 ms   p99 ms   CPU µs each")
    for name in ("ours", "A"):
        for connections in CONNECTIONS:
            row = f"{name} {connections}"
            print(
                f"{name:>6} {connections:>4} {median(samples[row]):>18,.0f} {median(samples[f'{row} p50']):>8.2f}"
                f" {median(samples[f'{row} p99']):>8.2f} {median(samples[f'{row} cpu']):>13,.0f}"
            )
    print(f"{'B':>6} {median(_all_of_b(samples)):>23,.0f}")


def _all_of_b(samples: Samples) -> list[float]:
    return [rate for connections in CONNECTIONS for rate in samples[f"B {connections}"]]


def _print_ratios(samples: Samples, database: str) -> None:
    print()
    for reference, goal in GOALS[database].items():
        for connections in (32, 128):
            pairs = zip(samples[f"ours {connections}"], samples[f"{reference} {connections}"], strict=True)
            ratio = median(ours / other for ours, other in pairs)
            print(f"ours/{reference} at {connections:>3}: {ratio:5.2f}   (goal: {goal[connections]})")
    print(f"p50 at 1 connection: {median(samples['ours 1 p50']):.2f} ms   (goal: 1.5)")


if __name__ == "__main__":
    main()
