"""`python -m tests.benchmarks [--json FILE] [--messages N]`: measure, and print each ratio with its target.

Every ratio is of one run: times of this machine say nothing by themselves. Times are medians of several processes that
take turns, `best` is the ratio of the least of each; instructions are counted once, since they hardly differ.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import bundles
from tests.benchmarks.rows import Bench, Row, counted, holding, sharing, waiting, writing
from tests.benchmarks.surroundings import Surroundings
from tests.local.process import NotReady

PARTS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "counting instructions (valgrind is slow)": counted,
    "timing batches": waiting,
    "comparing bundles and memory": holding,
    "counting DynamoDB's write units": writing,
    "timing batches with a part of a CPU": sharing,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON as well")
    parser.add_argument("--messages", type=int, default=10_000, help="how many messages memory must be flat over")
    return parser.parse_args()


def measure(folder: Path, messages: int) -> list[Row]:
    """Build the bundles, start what stands around, and measure; Messente's accept logs must say that all was sent."""
    print("building the bundles ...", flush=True)
    ours, (naive, tidy) = bundles.ours(folder / "built"), bundles.others()
    with Surroundings() as around:
        around.trust(ours.folder, naive.folder / "botocore" / "cacert.pem")
        bench = Bench(ours, naive, tidy, around, messages)
        rows: list[Row] = []
        for what, part in PARTS.items():
            print(f"{what} ...", flush=True)
            rows += part(bench)
        if (accepted := around.accepted()) != bench.messages:
            raise NotReady(
                f"Messente accepted {accepted} messages of {bench.messages}: something measured does not work"
            )
    return rows


def show(rows: Sequence[Row]) -> None:
    wide = max(len(row.name) for row in rows)
    print(f"\n{'':{wide}} {'ratio':>6} {'best':>6} {'target':>8}")
    for row in rows:
        target = "" if row.target is None else f"<= {row.target:.2f}"
        verdict = {True: "met", False: "MISSED", None: ""}[row.met]
        print(f"{row.name:{wide}} {_ratio(row.value)} {_ratio(row.best)} {target:>8} {verdict:7} {row.parts}")


def _ratio(value: float | None) -> str:
    return f"{'':6}" if value is None else f"{value:6.2f}"


def main() -> int:
    asked, begin = arguments(), time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="messente-rcs-bench-") as folder:
            rows = measure(Path(folder), asked.messages)
    except NotReady as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    show(rows)
    print(f"\nPython {platform.python_version()}, {platform.machine()}: {time.monotonic() - begin:.0f} s in all")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) | {"met": row.met} for row in rows], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
