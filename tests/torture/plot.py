"""plot: points over time, their slope, and a picture of small plots, one below the other."""
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, GAP = 640, 60, 200, 20


def slope_of(points):
    """Of the line with the least squares, per second."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def path_of(points, top, most):
    begin, end = points[0][0], points[-1][0]
    scale_x = WIDTH / ((end - begin) or 1)
    return " ".join(f"{LEFT + (x - begin) * scale_x:.1f},{top + HEIGHT - y * HEIGHT / (most or 1):.1f}"
                    for x, y in points)


def write_svg(path, series):
    """Each from zero to its greatest value."""
    height = len(series) * (HEIGHT + GAP) + GAP
    with open(path, "w", encoding="utf-8") as out:
        print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" '
              'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>', file=out)
        for number, (name, points) in enumerate(series.items()):
            top = GAP + number * (HEIGHT + GAP)
            most = max(y for _, y in points)
            print(f'<text x="4" y="{top + 14}">{escape(name)}</text>'
                  f'<text x="4" y="{top + 30}" fill="#666">up to {most:g}</text>'
                  f'<path d="M{LEFT} {top + HEIGHT}h{WIDTH}" stroke="#ccc"/>'
                  f'<polyline fill="none" stroke="#06c" points="{path_of(points, top, most)}"/>', file=out)
        print("</svg>", file=out)
