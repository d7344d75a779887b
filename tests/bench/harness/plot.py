"""plot: lines over logarithmic axes, as SVG: how a cost grows.

The benchmarks need this one kind of plot, for which a plotting program would be the heaviest thing
that they install. Growth by a constant factor is a straight line here; linear growth is parallel to
the dashed line, which continues the first point of the first line.
"""

import math
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 80, 150, 40, 50
COLOURS = ["#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#b7791f"]
STYLE = "text{font:12px sans-serif;fill:#333}.grid{stroke:#ddd}"
STYLE += ".linear{stroke:#999;stroke-dasharray:5 4}"


class Axis:
    """From values to pixels, by whole powers of ten."""

    def __init__(self, values, first, last):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.first, self.last = first, last

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    def ticks(self):
        return [10.0**power for power in range(self.low, self.high + 1)]


def write(path, title, x_label, y_label, lines, linear=False):
    """`lines` is {name: [(x, y), ...]}; `linear` adds the dashed line."""
    points = [point for line in lines.values() for point in line]
    x = Axis([point[0] for point in points], LEFT, WIDTH - RIGHT)
    y = Axis([point[1] for point in points], HEIGHT - BOTTOM, TOP)
    parts = [*_frame(title, x_label, y_label), *_grid(x, y)]
    if linear:
        parts.append(_linear(x, y, next(iter(lines.values()))))
    for number, (name, line) in enumerate(lines.items()):
        parts += _line(x, y, name, line, number)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
    body = "\n".join([svg, f"<style>{STYLE}</style>", *parts, "</svg>"])
    Path(path).write_text(body + "\n", encoding="utf-8")


def _text(x, y, text, anchor="middle", more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _segment(kind, x1, y1, x2, y2):
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _frame(title, x_label, y_label):
    middle = (TOP + HEIGHT - BOTTOM) / 2
    turned = f' transform="rotate(-90 16 {middle:.0f})"'
    return [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text((LEFT + WIDTH - RIGHT) / 2, 22, title, more=' font-weight="bold"'),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label),
        _text(16, middle, y_label, more=turned),
    ]


def _grid(x, y):
    parts = []
    for tick in x.ticks():
        parts.append(_segment("grid", x.at(tick), TOP, x.at(tick), HEIGHT - BOTTOM))
        parts.append(_text(x.at(tick), HEIGHT - BOTTOM + 18, f"{tick:,.9g}"))
    for tick in y.ticks():
        parts.append(_segment("grid", LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick)))
        parts.append(_text(LEFT - 8, y.at(tick) + 4, f"{tick:,.9g}", "end"))
    return parts


def _linear(x, y, line):
    (x1, y1), last_x = line[0], line[-1][0]
    y2 = min(y1 * last_x / x1, 10.0**y.high)
    return _segment("linear", x.at(x1), y.at(y1), x.at(x1 * y2 / y1), y.at(y2))


def _line(x, y, name, line, number):
    colour = COLOURS[number % len(COLOURS)]
    pixels = [(x.at(px), y.at(py)) for px, py in line]
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in pixels)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>' for px, py in pixels]
    at = TOP + 14 + 18 * number
    key = f'<rect x="{WIDTH - RIGHT + 10}" y="{at - 9}" width="10" height="10" fill="{colour}"/>'
    return [*parts, key, _text(WIDTH - RIGHT + 26, at, name, "start")]
