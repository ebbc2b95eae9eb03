#!/usr/bin/env python3
"""What a knowledgeable shopper must see among the first three hits, in the real catalogues. Prints TAP.

usage: relevance.py SHOPD [WORD in the query]

relevance.tsv: shop, query, then the SKUs that are all among the first three; or `~ REGEX`, which the name,
brand and category of each of the first three (or fewer) must match, and of one at least.
Every product is in stock, and what has no price costs the same, so that words decide.
"""
import csv
import json
import lzma
import pathlib
import re
import sys
import tempfile
import urllib.parse

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "python"))
import shop_process  # noqa: E402

DATA = shop_process.ROOT / "data"
CATALOGUES = {"shops": "shops-catalog.tsv.xz", "retail": "retail-catalog-2010.tsv.xz"}
COLUMNS = ("sku", "name", "brand", "category", "price_minor", "currency", "rating_x100", "review_count", "description")
FIRST = 3
SYNONYMS = """power bank, portable charger
pajama, pyjama
yogurt, yoghurt
diaper, nappy
sneaker, trainer
light bulb, lightbulb
cake stand, cakestand
door mat, doormat
jewelry, jewellery
lunch box, lunchbox
"""


def read_table():
    rows = []
    for line in (FOLDER / "relevance.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        if line and not line.startswith("#"):
            rows.append(line.split("\t"))
    return rows


def write_catalogue(name, path):
    """As `shopd import` reads it."""
    with lzma.open(DATA / CATALOGUES[name], "rt", encoding="utf-8") as source, open(path, "w", encoding="utf-8") as out:
        out.write("\t".join(COLUMNS) + "\tstock\n")
        for row in csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE):
            row["price_minor"] = row["price_minor"] or "100"
            row["name"] = row["name"] or row["sku"]
            out.write("\t".join(row.get(column) or "" for column in COLUMNS) + "\t10\n")


def fault(expected, items):
    """What is wrong with the first hits; empty = nothing."""
    shown = "\n".join(f"{item['sku']}: {item['name']} | {item['brand']} | {item['category']}" for item in items) or "nothing found"
    if expected.startswith("~ "):
        pattern = re.compile(expected[2:], re.IGNORECASE)
        bad = [item for item in items if not pattern.search(f"{item['name']} | {item['brand']} | {item['category']}")]
        return shown if bad or not items else ""
    missing = set(expected.split()) - {item["sku"] for item in items}
    return f"missing {' '.join(sorted(missing))}\n{shown}" if missing else ""


def check_shop(tap, shopd, name, rows):
    with tempfile.TemporaryDirectory(prefix="shopd-relevance-") as temporary:
        base = pathlib.Path(temporary)
        (base / "synonyms").write_text(SYNONYMS)
        write_catalogue(name, base / "catalogue.tsv")
        shop = shop_process.ShopProcess(shopd, base / "data", settings={"SHOPD_SEARCH_SYNONYMS": str(base / "synonyms")})
        imported = shop.run("import", "--data", base / "data", base / "catalogue.tsv", check=False)
        tap.result(imported.returncode == 0, f"{name}: imported", imported.stdout + imported.stderr)
        shop.start()
        try:
            for _, query, expected in rows:
                page = shop.get(f"/v1/products?limit={FIRST}&q={urllib.parse.quote(query)}")
                wrong = fault(expected, page["items"])
                tap.result(not wrong, f"{name}: {query}",
                           f"expected {expected}; {page['total']} found, notes {json.dumps(page['notes'])}\n{wrong}")
        finally:
            stopped = shop.stop()
        tap.result(stopped == 0, f"{name}: stopped cleanly")


def main():
    tap = shop_process.Tap()
    rows = [row for row in read_table() if len(sys.argv) < 3 or sys.argv[2] in row[1]]
    for name in CATALOGUES:
        check_shop(tap, sys.argv[1], name, [row for row in rows if row[0] == name])
    return tap.exit_code()


if __name__ == "__main__":
    sys.exit(main())
