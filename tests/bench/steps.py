"""Durable graph steps a second on SQLite with synchronous=FULL."""

from report import Figure
from surroundings import ROOT, directory, json_of

FLOOR = "floor: one-row transactions"


def measure(options):
    with directory(ROOT / "build") as path:  # a disk, which the temporary directory need not be
        found = json_of([ROOT / "build" / "bench" / "bin" / "bench_durable_steps", path, "--rounds", options.rounds])
    by_name = {one["name"]: one for one in found}
    floor = by_name.pop(FLOOR)["per_second"]
    for name, one in by_name.items():
        goal = one["goal"]
        yield Figure(f"durable steps, {name}", one["per_second"], "/s", "transactions of one row", floor,
                     one["per_second"] / floor, goal=f"≥ {goal:,.0f} /s" if goal else "",
                     holds=one["per_second"] >= goal if goal else None)
