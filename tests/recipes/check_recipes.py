#!/usr/bin/env python3
"""Applies each recipe of CONTRIBUTING.md to a copy of the tree, word for word, and tries the result. Prints TAP.

A recipe is a `### ` section; its sample is the code behind "New file `PATH`:" and "One line of `PATH`:".
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/python"))
import shop_process  # noqa: E402

LEFT_OUT = ("data/", "tests/unit/", "tests/contract/", "shop-data/")
SAMPLE = re.compile(r"(New file|One line of) `([^`]+)`:\n```c\n(.*?)```", re.S)


def recipes():
    text = (ROOT / "CONTRIBUTING.md").read_text().split("## Recipes")[1]
    for section in text.split("\n### ")[1:]:
        yield section.splitlines()[0], SAMPLE.findall(section)


def apply_to(copy, samples):
    """Returns (new files, changed lines) that the recipe asks for."""
    new_files = lines = 0
    for kind, name, code in samples:
        path = copy / name
        if kind == "New file":
            assert not path.exists(), f"{name} is there already"
            path.write_text(code)
            new_files += 1
        else:
            with path.open("a") as file:
                file.write(code)
            lines += len(code.splitlines())
    return new_files, lines


def files_of_the_tree():
    """What git knows; where the tree is no clone, everything but what a build leaves behind."""
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    if any(files):
        return [name for name in files if name]
    return [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not path.parts[len(ROOT.parts)].startswith("build")]


def call(shop, method, path, body=None):
    request = urllib.request.Request(shop.url + path, method=method, data=json.dumps(body).encode() if body else None,
                                     headers={"Authorization": "Bearer " + shop_process.OPERATOR_KEY,
                                              "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def try_out(tap, copy, temporary):
    shopd = copy / "build/shopd"
    settings = subprocess.run([shopd, "config"], capture_output=True, text=True).stdout
    tap.result("orders_page_max" in settings, "the new setting is shown by shopd config")
    symbols = subprocess.run(["nm", copy / "build/libshopd.a"], capture_output=True, text=True).stdout
    uses = {line.split()[-2] for line in symbols.splitlines() if line.endswith(" command_cart_clear")}
    tap.result("U" in uses and len(uses) == 2, "the new command is defined, and the table of commands names it", uses)
    shop = shop_process.ShopProcess(shopd, temporary / "data", settings={"SHOPD_CHANNELS": "log"})
    shop.start()
    try:
        tap.result("now" in call(shop, "GET", "/v1/clock"), "the new endpoint answers")
        rules = [{"strategy": "pair", "basis_points": 5000}]
        put = call(shop, "PUT", "/v1/pricing", {"policy": "best", "rules": rules})
        tap.result(put["rules"][0]["strategy"] == "pair", "the new pricing rule is in force", json.dumps(put))
        product = call(shop, "POST", "/v1/products", {"sku": "A", "name": "A", "low_stock_threshold": 5,
                                                      "price": {"amount": 1, "currency": "USD"}})
        found = [call(shop, "GET", f"/v1/products?min_reviews={least}")["total"] for least in (0, 1)]
        tap.result(found == [1, 0], "the new filter lets products with enough reviews through", found)
        call(shop, "POST", "/v1/stock/movements", {"product_id": product["id"], "quantity": 1, "reason": "received"})
        until = time.monotonic() + 20
        while "notice name=low_stock" not in shop.log_tail() and time.monotonic() < until:
            time.sleep(0.01)
        tap.result("notice name=low_stock" in shop.log_tail(), "the new channel has told", shop.log_tail())
    finally:
        shop.stop()


def main():
    tap = shop_process.Tap()
    with tempfile.TemporaryDirectory(prefix="shopd-recipes-") as folder:
        temporary = pathlib.Path(folder)
        copy = temporary / "tree"
        for name in files_of_the_tree():
            if (ROOT / name).is_file() and not name.startswith(LEFT_OUT):
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        for title, samples in recipes():
            new_files, lines = apply_to(copy, samples)
            wanted = (0, 1) if title == "Add a setting" else (1, 1)
            tap.result((new_files, lines) == wanted, f"{title}: {new_files} new file, {lines} line of one table")
        built = subprocess.run(["make", "build", "TARGETS=shopd", "MESON_FLAGS=-Doptimization=0 -Dtests=disabled"], cwd=copy,
                               capture_output=True, text=True)
        if tap.result(built.returncode == 0, "the tree with every recipe applied builds without a warning",
                      built.stdout[-3000:]):
            layers = subprocess.run([sys.executable, "tools/check_layers.py", "."], cwd=copy, capture_output=True, text=True)
            tap.result(layers.returncode == 0, "and keeps its layers", layers.stdout)
            try_out(tap, copy, temporary)
    return tap.exit_code()


if __name__ == "__main__":
    sys.exit(main())
