#!/usr/bin/env python3
"""Draws what `make bench-search` measured: p99 of each class against the goal, and its growth, which it prints as a table, too.

usage: plot_search.py RESULT.txt; writes RESULT.svg beside it. The standard library alone.
"""
import html
import math
import pathlib
import sys

GOAL_US = 1200
WIDTH, LEFT, TOP, PLOT = 1000, 90, 50, 360
COLORS = ("#1b6ca8", "#d1495b", "#edae49", "#00798c", "#6a4c93", "#8d6a9f", "#3d5a80", "#b56576", "#588157", "#7f5539",
          "#444444")


def read(path):
    """Rows by (products, mode) -> {class: (p50, p99, mean)}, and memory by products."""
    rows, index = {}, {}
    for line in path.read_text().splitlines():
        cells = line.split()
        if line.startswith("row "):
            rows.setdefault((int(cells[1]), cells[2]), {})[cells[3]] = (float(cells[4]), float(cells[5]), float(cells[7]))
        elif line.startswith("index "):
            index[int(cells[1])] = {cells[i]: float(cells[i + 1]) for i in range(2, len(cells) - 1, 2)}
    return rows, index


def text(x, y, words, anchor="start", size=13, color="#222"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}" fill="{color}">'
            f"{html.escape(words)}</text>")


def axis(top, low, high, unit):
    """A logarithmic axis: its drawing, and value -> y."""
    span = math.log10(high) - math.log10(low)

    def place(value):
        return top + PLOT - PLOT * (math.log10(max(value, low)) - math.log10(low)) / span

    drawn = []
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        value = 10 ** power
        if low <= value <= high:
            drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - 150}" y1="{place(value):.1f}" y2="{place(value):.1f}" stroke="#ddd"/>')
            drawn.append(text(LEFT - 8, place(value) + 4, f"{value:g} {unit}", "end"))
    return drawn, place


def bars(rows, products, top):
    quiet, busy = rows[(products, "quiet")], rows.get((products, "changes"), {})
    drawn, place = axis(top, 1, 10000, "us")
    drawn.append(text(LEFT, top - 16, f"p99 inside the server, {products:,} products: quiet (blue), with 10,000 changes/s (red)", size=15))
    step = (WIDTH - 150 - LEFT) / len(quiet)
    for number, name in enumerate(quiet):
        x = LEFT + step * number + step * 0.15
        for offset, color, value in ((0, COLORS[0], quiet[name][1]), (0.35, COLORS[1], busy.get(name, (0, 0))[1])):
            y = place(value)
            drawn.append(f'<rect x="{x + offset * step:.1f}" y="{y:.1f}" width="{step * 0.33:.1f}" height="{top + PLOT - y:.1f}" fill="{color}"/>')
            drawn.append(text(x + (offset + 0.16) * step, y - 4, f"{value:.0f}", "middle", 10))
        drawn.append(text(x + step * 0.34, top + PLOT + 18, name, "middle"))
    y = place(GOAL_US)
    drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - 150}" y1="{y:.1f}" y2="{y:.1f}" stroke="#b00" stroke-dasharray="6 4"/>')
    drawn.append(text(WIDTH - 145, y + 4, "goal 1,200 us", color="#b00"))
    return drawn


def lines(rows, index, sizes, top):
    drawn, place = axis(top, 1, 10000, "us")
    drawn.append(text(LEFT, top - 16, "p99 of each class, and memory, by the number of products", size=15))
    low, high = math.log10(sizes[0]), math.log10(sizes[-1])

    def across(size):
        return LEFT + 20 + (WIDTH - 190 - LEFT) * ((math.log10(size) - low) / (high - low or 1))

    for size in sizes:
        drawn.append(text(across(size), top + PLOT + 18, f"{size:,}", "middle", 11))
        drawn.append(text(across(size), top + PLOT + 34, f"{index[size]['index_mb']:.0f} MB, {index[size]['build_cpu_s']:.1f} s", "middle", 11))
    ends = []
    for number, name in enumerate(rows[(sizes[-1], "quiet")]):
        points = [(across(size), place(rows[(size, "quiet")][name][1])) for size in sizes]
        color = COLORS[number % len(COLORS)]
        drawn.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')
        ends.append([points[-1][1] + 4, name, color])
    ends.sort()
    for above, below in zip(ends, ends[1:]):
        below[0] = max(below[0], above[0] + 14)
    drawn.extend(text(WIDTH - 145, y, name, color=color) for y, name, color in ends)
    return drawn


def table(rows, index, sizes):
    """Growth, as the documents show it: p99 of each class (its mean), and how many times the first the last is."""
    first, last = sizes[0], sizes[-1]
    drawn = ["| products | " + " | ".join(f"{size:,}" for size in sizes) + f" | {last / first:g} x |", "|---" * (len(sizes) + 2) + "|"]
    for name in rows[(last, "quiet")]:
        seen = [rows[(size, "quiet")][name] for size in sizes]
        cells = (f"{p99:.1f} ({mean:.1f})" if p99 < 10 else f"{p99:,.0f} ({mean:,.0f})" for _, p99, mean in seen)
        drawn.append(f"| {name} | {' | '.join(cells)} | {seen[-1][1] / seen[0][1]:.1f} ({seen[-1][2] / seen[0][2]:.1f}) |")
    for name, key in (("build, CPU s", "build_cpu_s"), ("index, MB", "index_mb")):
        seen = [index[size][key] for size in sizes]
        drawn.append(f"| {name} | {' | '.join(f'{value:g}' for value in seen)} | {seen[-1] / seen[0]:.1f} |")
    return drawn


def main():
    path = pathlib.Path(sys.argv[1])
    rows, index = read(path)
    generated = sorted(size for size, mode in rows if mode == "quiet" and size % 1000 == 0)
    largest = 1000000 if 1000000 in generated else generated[-1]
    second = TOP + PLOT + 110
    drawn = bars(rows, largest, TOP) + lines(rows, index, generated, second)
    height = second + PLOT + 60
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">'
    body = "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="white"/>'] + drawn + ["</svg>"])
    path.with_suffix(".svg").write_text(body + "\n")
    print("\n## growth, quiet, us: p99 (mean)\n" + "\n".join(table(rows, index, generated)))
    print(f"\ndrawn in {path.with_suffix('.svg')}")


if __name__ == "__main__":
    main()
