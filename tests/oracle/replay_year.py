#!/usr/bin/env python3
"""The real year over HTTP against an accountant's books. Prints TAP.

usage: replay_year.py SHOPD [--orders N] [--short N]

1. Stock = the peak the year needs: every order is accepted, one after the other, and what is left and what is
   reserved is what year.py counts, for every product.
2. One piece less of one product (of N products, one run each): exactly the orders that then need it are refused.
3. 64 buyers at once: nothing is oversold, whatever the order of arrival.
After each run `shopd audit` is clean.
"""
import argparse
import pathlib
import random
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
import shop_process  # noqa: E402
import year  # noqa: E402


def stock_in_tables(folder):
    """{sku: (on_hand, reserved)} from the file itself, read by plain SQL after the server has stopped."""
    with sqlite3.connect(f"file:{folder}/shop.db?mode=ro", uri=True) as database:
        return {sku: (on_hand, reserved) for sku, on_hand, reserved in database.execute(
            "SELECT p.sku, SUM(s.on_hand), SUM(s.reserved) FROM products p JOIN stock s ON s.product = p.number "
            "GROUP BY p.sku")}


class Run:
    """One shop filled with `stock`, one replay, one audit."""

    def __init__(self, shopd, stock, concurrency, orders):
        with tempfile.TemporaryDirectory(prefix="shopd-year-") as temporary:
            base = pathlib.Path(temporary)
            catalog, acks = base / "catalog.tsv", base / "acks"
            with open(catalog, "w", encoding="utf-8") as file:
                file.write("sku\tname\tprice_minor\tcurrency\tstock\n")
                for row in year.rows(year.CATALOG):  # what has no price was never sold, but comes back now and then
                    fields = (row["sku"], row["name"], row["price_minor"] or "1", row["currency"], str(stock[row["sku"]]))
                    file.write("\t".join(fields) + "\n")
            shop = shop_process.ShopProcess(shopd, base / "data")
            imported = shop.run("import", "--data", base / "data", "--strict", catalog, check=False)
            if imported.returncode != 0:
                raise RuntimeError(imported.stdout + imported.stderr)
            shop.start()
            started = time.monotonic()
            arguments = ["replay", year.ORDERS, "--url", shop.url, "--operator-key", shop_process.OPERATOR_KEY,
                         "--concurrency", concurrency, "--acks", acks]
            if orders:
                arguments += ["--limit-orders", orders]
            self.replay = shop.run(*arguments, check=False)
            self.seconds = time.monotonic() - started
            self.stopped = shop.stop()
            self.accepted = {line.split()[0] for line in acks.read_text().splitlines()}
            self.stock = stock_in_tables(base / "data")
            self.audit = shop.run("audit", "--data", base / "data", check=False)


def check_exact(tap, title, run, stock_before, orders):
    left = dict(stock_before)
    refused, held = year.account(left, orders)
    placed = {order for kind, order, _ in year.steps(orders) if kind == "place"}
    tap.result(run.accepted == placed - refused, f"{title}: {len(refused)} of {len(placed)} orders refused, the right ones",
               f"missing {sorted(placed - refused - run.accepted)[:5]}, too many {sorted(run.accepted - (placed - refused))[:5]}\n"
               + run.replay.stdout[-1500:] + run.replay.stderr[-500:])
    wrong = [f"{sku}: {run.stock.get(sku)}, not {(left[sku] + held[sku], held[sku])}" for sku in left
             if run.stock.get(sku, (0, 0)) != (left[sku] + held[sku], held[sku])]
    tap.result(not wrong, f"{title}: stock on hand and reserved of {len(left)} products as the file says",
               "\n".join(wrong[:5]))
    check_common(tap, title, run)


def check_common(tap, title, run):
    tap.result(run.audit.returncode == 0, f"{title}: audit clean", run.audit.stdout[-1500:] + run.audit.stderr[-500:])
    tap.result(run.stopped == 0, f"{title}: stopped cleanly ({len(run.accepted) / run.seconds:.0f} orders/s)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shopd")
    parser.add_argument("--orders", type=int, default=0, help="only so many orders (0 = the whole year)")
    parser.add_argument("--short", type=int, default=1, help="runs with one piece less of one product")
    options = parser.parse_args()
    tap, peak = shop_process.Tap(), year.peak_stock()

    run = Run(options.shopd, peak, 1, options.orders)
    check_exact(tap, "the year", run, peak, options.orders)
    tap.result(run.replay.returncode == 0, "the year: replay agrees with the file", run.replay.stdout[-1500:])

    sold = sorted({sku for kind, _, lines in year.steps(options.orders) if kind == "place" for sku in lines} &
                  {sku for sku, pieces in peak.items() if pieces > 0})
    for sku in random.Random(2010).sample(sold, options.short):
        short = dict(peak, **{sku: peak[sku] - 1})
        check_exact(tap, f"one {sku} less", Run(options.shopd, short, 1, options.orders), short, options.orders)

    run = Run(options.shopd, peak, 64, options.orders)
    oversold = [sku for sku, (on_hand, reserved) in run.stock.items() if reserved > on_hand or reserved < 0]
    tap.result(not oversold, "64 at once: nothing oversold", oversold[:5])
    check_common(tap, "64 at once", run)
    return tap.exit_code()


if __name__ == "__main__":
    sys.exit(main())
