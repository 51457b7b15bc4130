"""A figure, its goal, and how a run's figures are printed and written."""

import dataclasses
import json
import statistics


@dataclasses.dataclass
class Figure:
    name: str
    ours: float
    unit: str
    reference: str = ""            # name of the figure it is compared with
    beside: float | None = None    # its value, measured in the same run and unit
    ratio: float | None = None     # ours divided by it; with rounds, the median of their ratios
    times: float | None = None     # the factor by which ours is smaller, if the goal is one
    goal: str = ""
    holds: bool | None = None      # None: no goal, or too noisy to tell
    remark: str = ""
    details: dict = dataclasses.field(default_factory=dict)

    def verdict(self):
        return {True: "holds", False: "FALLS SHORT", None: "too noisy to tell" if self.goal else ""}[self.holds]


def of_rounds(rounds, of=statistics.median):
    """One number of measured rounds: the median of what `of` makes of each."""
    return statistics.median(of(samples) for samples in rounds)


def ratio_of_rounds(ours, others, of=statistics.median):
    return statistics.median(of(a) / of(b) for a, b in zip(ours, others))


def uncertainty(samples):
    """Of their median: half the width of where it lies, two times in three."""
    quarters = statistics.quantiles(samples, n=4)
    return 0.93 * (quarters[2] - quarters[0]) / len(samples) ** 0.5


def percentile(samples, share):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def number(value):
    if value is None:
        return ""
    if value >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


HEAD = ("what", "ours", "beside", "", "ratio", "goal", "")


def print_table(figures):
    rows = [HEAD]
    for one in figures:
        ratio = f"1/{one.times:.0f}" if one.times else f"{one.ratio:.2f}" if one.ratio is not None else ""
        rows.append((one.name, f"{number(one.ours)} {one.unit}",
                     f"{number(one.beside)} {one.unit}" if one.beside is not None else "",
                     one.reference, ratio, one.goal, one.verdict()))
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    for row in rows:
        cells = [text.rjust(width) if i in (1, 2, 4) else text.ljust(width)
                 for i, (text, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip(), flush=True)
    for one in figures:
        if one.remark:
            print(f"  {one.name}: {one.remark}")


def write_json(path, figures, about):
    document = {"about": about, "figures": {one.name: dataclasses.asdict(one) for one in figures}}
    path.write_text(json.dumps(document, indent=1) + "\n")
