"""Lines over time, or over another number, as an SVG, for the benches. The standard library alone."""
import html

WIDTH, LEFT, RIGHT, HEIGHT, GAP = 900, 80, 160, 220, 70
COLORS = ("#1b6ca8", "#d1495b", "#edae49", "#00798c", "#6a4c93")


def text(x, y, words, anchor="start", size=13, color="#222"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}" fill="{color}">{html.escape(words)}</text>'


def nice_step(high):
    """A step of 1, 2 or 5 times a power of ten, of which about five reach `high`."""
    step = 10.0 ** (len(str(int(max(high, 1)))) - 1)
    while high / step > 6:
        step *= 2 if str(step)[0] != "2" else 2.5
    while high / step < 3:
        step /= 2
    return step


def panel(top, caption, lines, unit):
    points = [point for line in lines.values() for point in line]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    high = max(max(y for _, y in points), 1e-9) * 1.05

    def place(x, y):
        across = (x - left) / (right - left or 1)
        return LEFT + across * (WIDTH - LEFT - RIGHT), top + HEIGHT - HEIGHT * y / high

    drawn = [text(LEFT, top - 12, caption, size=15)]
    step, value = nice_step(high), 0.0
    while value <= high:
        y = place(left, value)[1]
        drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        drawn.append(text(LEFT - 8, y + 4, f"{value:,.6g}", "end"))
        value += step
    drawn.append(text(LEFT, top + HEIGHT + 18, f"{left:g} {unit}"))
    drawn.append(text(WIDTH - RIGHT, top + HEIGHT + 18, f"{right:g} {unit}", "end"))
    for number, (name, line) in enumerate(lines.items()):
        color = COLORS[number % len(COLORS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        drawn.append(text(WIDTH - RIGHT + 12, top + 20 + 20 * number, name, color=color))
    return drawn


def write(path, title, panels, unit="s"):
    """panels: [(caption, {name of a line: [(second, value)]})], one below the other; `unit` is that of the first number."""
    drawn, top = [text(LEFT, 28, title, size=17)], 80
    for caption, lines in panels:
        drawn += panel(top, caption, lines, unit)
        top += HEIGHT + GAP
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" font-family="sans-serif">'
                    f'<rect width="100%" height="100%" fill="white"/>{"".join(drawn)}</svg>\n')
