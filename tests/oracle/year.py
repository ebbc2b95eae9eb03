"""The year of real orders, counted by hand: what a shop must accept, refuse and have left at the end.

Nothing here comes from shopd: it reads the file line by line, as an accountant would.
"""
import collections
import lzma
import pathlib

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"
CATALOG = DATA / "retail-catalog-2010.tsv.xz"
ORDERS = DATA / "retail-orders-2010.tsv.xz"


def rows(path):
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as file:
        names = file.readline().rstrip("\n").split("\t")
        for line in file:
            yield dict(zip(names, line.rstrip("\n").split("\t")))


def peak_stock():
    """Pieces per SKU that the year needs at most at any moment."""
    return {row["sku"]: int(row["peak_net_units"]) for row in rows(CATALOG)}


def steps(orders_max=0):
    """(kind, order id, {sku: pieces}) in the order of the file; kinds: place, cancel, return.

    A C line within what is left of the order it names cancels it; any other puts pieces back on the shelf.
    What is left is counted as if every order had been accepted.
    """
    left = {}
    placed = 0
    run_id, run = None, None

    def flush():
        nonlocal run
        done, run = run, None
        return [done] if done else []

    for row in rows(ORDERS):
        sku, pieces = row["sku"], int(row["quantity"])
        if row["kind"] == "S":
            if run is None or run_id != row["order_id"] or run[0] != "place":
                yield from flush()
                if orders_max and placed == orders_max:
                    return
                placed += 1
                run_id, run = row["order_id"], ("place", row["order_id"], collections.Counter())
            run[2][sku] += pieces
            left[row["order_id"], sku] = left.get((row["order_id"], sku), 0) + pieces
        else:
            yield from flush()
            named, back = row["cancels_order"], -pieces
            if named and left.get((named, sku), 0) >= back:
                left[named, sku] -= back
                yield ("cancel", named, {sku: back})
            else:
                yield ("return", None, {sku: back})
    yield from flush()


def account(stock, orders_max=0):
    """Plays the year against `stock` (changed). Returns the refused order ids, and what live orders hold per SKU."""
    refused, held = set(), collections.Counter()
    for kind, order, lines in steps(orders_max):
        if kind == "place":
            if any(stock[sku] < pieces for sku, pieces in lines.items()):
                refused.add(order)
                continue
        elif kind == "cancel" and order in refused:
            continue
        sign = -1 if kind == "place" else 1
        for sku, pieces in lines.items():
            stock[sku] += sign * pieces
            if kind != "return":
                held[sku] -= sign * pieces
    return refused, held
