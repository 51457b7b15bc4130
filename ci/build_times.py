"""Where the time of the last build of each PRESET went, from what ninja wrote down.

    ci/build_times.py PRESET...

A phase's seconds are the sum of what its steps took, so two processors make two of them in one second; `wall` is from
the first step's start to the last one's end. A step that ccache answered is there with the little that it took.
"""

import pathlib
import sys

PHASES = (
    ("link", lambda output: output.startswith("bin/") or output.endswith(".a")),
    ("ours", lambda output: output.split("/")[0] in ("contracts", "wrapper", "cli", "control", "tests")),
    ("dependencies", lambda output: True),
)


def steps(directory, since):
    """(seconds, start, end, output) of each step that was done after `since`, a time of the file system."""
    last = {}
    for line in (directory / ".ninja_log").read_text().splitlines():
        fields = line.split("\t")
        if len(fields) == 5 and int(fields[2]) >= since * 1e9:
            start, end = int(fields[0]) / 1000, int(fields[1]) / 1000
            last[fields[3]] = (end - start, start, end, fields[3])
    return list(last.values())


def report(preset):
    directory = pathlib.Path("build") / preset
    configured, built = (float((directory / name).read_text()) for name in ("configure.started", "build.started"))
    done = steps(directory, built)
    print(f"{preset:<10} configure (fetch, unpack, check the compiler, C library) {built - configured:8.1f} s")
    for name, belongs in PHASES:
        mine = [step for step in done if next(n for n, test in PHASES if test(step[3])) == name and belongs(step[3])]
        if not mine:
            continue
        wall = max(step[2] for step in mine) - min(step[1] for step in mine)
        print(f"{preset:<10} {name:<14} {len(mine):5} steps {sum(step[0] for step in mine):8.1f} s, wall {wall:.1f} s")
    for seconds, _, _, output in sorted(done, reverse=True)[:10]:
        print(f"{preset:<10} {seconds:8.1f} s  {output}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for preset in sys.argv[1:]:
        report(preset)


main()
