"""report: what a benchmark has found: targets with their verdicts, and the figures behind them.

Results are ratios, and CPU time for each operation: these carry over from machine to machine, while
a rate or a latency tells of one machine on one day. A target that is missed is a result too, and no
failure of the benchmark.
"""

import json
import os
import platform
from pathlib import Path

from harness.rounds import Spread


def directory():
    """Where results go: bench/ of the build directory."""
    path = Path(os.environ["SB_BUILD"], "bench")
    path.mkdir(parents=True, exist_ok=True)
    return path


class Report:
    def __init__(self, part):
        self.part = part
        self.results = []
        self.tables = []

    def result(self, what, value, unit="", at_least=None, at_most=None):
        """A number or a Spread, and the target that it has, if any."""
        if not isinstance(value, Spread):
            value = Spread(value, value, value)
        self.results.append(
            {
                "what": what,
                "value": value.median,
                "quartiles": [value.low, value.high],
                "unit": unit,
                "target": _target(at_least, at_most),
                "verdict": _verdict(value.median, at_least, at_most),
            }
        )

    def table(self, title, columns, rows):
        """Figures without a target. Each row is a list, as long as `columns`."""
        self.tables.append({"title": title, "columns": columns, "rows": rows})

    def finish(self):
        """Prints everything and writes PART.json."""
        for table in self.tables:
            print_table(table["title"], table["columns"], table["rows"])
        print_table(
            f"{self.part}: results",
            ["what", "median", "quartiles", "target", "verdict"],
            [_result_row(result) for result in self.results],
        )
        path = directory() / f"{self.part}.json"
        text = json.dumps(
            {
                "part": self.part,
                "machine": _machine(),
                "results": self.results,
                "tables": self.tables,
            },
            indent=1,
        )
        path.write_text(text + "\n", encoding="utf-8")
        print(f"\nwritten: {path}")


def print_table(title, columns, rows):
    cells = [[_cell(value) for value in row] for row in [columns, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(columns))]
    print(f"\n{title}")
    for row in cells:
        first, *others = zip(row, widths)
        line = f"  {first[0]:<{first[1]}}"
        print(line + "".join(f"  {text:>{width}}" for text, width in others))


def _cell(value):
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)


def _target(at_least, at_most):
    if at_least is not None:
        return f">= {at_least:g}"
    return f"<= {at_most:g}" if at_most is not None else ""


def _verdict(value, at_least, at_most):
    if at_least is None and at_most is None:
        return ""
    met = value >= at_least if at_least is not None else value <= at_most
    return "met" if met else "MISSED"


def _result_row(result):
    low, high = (_cell(float(quartile)) for quartile in result["quartiles"])
    value = _cell(float(result["value"]))
    unit = f" {result['unit']}" if result["unit"] else ""
    return [result["what"], value + unit, f"{low}-{high}", result["target"], result["verdict"]]


def _machine():
    return {"kernel": platform.release(), "cpus": os.cpu_count(), "load": os.getloadavg()}
