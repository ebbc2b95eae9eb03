#!/usr/bin/env python3
"""Requests made up from docs/api/openapi.json by Schemathesis: no 5xx, and no answer outside the document.

usage: run.py SHOPD BUILD [EXAMPLES]

Schemathesis comes from PyPI into BUILD/fuzz-api. Two rounds, once as operator and once as a customer, on a shop that
has one of everything, so that ids lead somewhere; afterwards the books are audited.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/python"))

from shop_process import OPERATOR_KEY, ShopProcess  # noqa: E402

PACKAGE = "schemathesis==4.32.5"
SETTINGS = {"SHOPD_PASSWORD_MEMORY_KIB": "8", "SHOPD_PASSWORD_PASSES": "1"}
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Methods that HTTP has: to another word the answer is 501, as RFC 9110 section 9.1 wants it.
METHODS = '[phases.coverage]\nunexpected-methods = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]\n'
# Answers that do not end.
STREAMS = ["--exclude-name", "GET /v1/events", "--exclude-name", "GET /v1/orders/{id}/events"]
# Schemathesis cannot write lines of JSON; a review that the staff took out is one for nobody any more.
OPERATOR = ["--exclude-name", "POST /v1/bulk", "--exclude-name", "DELETE /v1/reviews/{id}"]
# A customer who logs out, or is erased, has no part in the rest.
CUSTOMER = ["--include-path-regex", "^/v1/(customers/me|sessions|carts|orders|products|reviews)",
            "--exclude-name", "DELETE /v1/sessions", "--exclude-name", "DELETE /v1/sessions/current",
            "--exclude-name", "DELETE /v1/customers/me", "--exclude-name", "POST /v1/sessions/current/rotate"]


class Shop:
    def __init__(self, url):
        self.url = url

    def send(self, method, path, body=None, token=OPERATOR_KEY, **headers):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", "Bearer " + token)
        request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        with urllib.request.urlopen(request, timeout=30) as answer:
            raw = answer.read()
        return json.loads(raw) if raw else None

    def buy(self, product, token):
        cart = self.send("POST", "/v1/carts", {}, token=token)
        item = {"product_id": product["id"], "quantity": 3}
        self.send("POST", f"/v1/carts/{cart['id']}/items", item, token=token)
        order = self.send("POST", f"/v1/carts/{cart['id']}/checkout", {"contact": {"email": "fuzz@example.com"}}, token=token,
                          Idempotency_Key="fuzz")
        return order, cart

    def fill(self):
        """One of everything: ids by collection, and a customer's token."""
        product = self.send("POST", "/v1/products", {"sku": "FUZZ", "name": "Fuzz", "category": "HOME",
                                                     "price": {"amount": 5, "currency": "USD"}})
        self.send("POST", "/v1/stock/movements", {"product_id": product["id"], "quantity": 100000, "reason": "received"})
        account = self.send("POST", "/v1/customers/register", {"email": "fuzz@example.com", "password": "a long password"})
        delivered, _ = self.buy(product, account["token"])
        for step in ("confirm", "ship", "deliver"):
            self.send("POST", f"/v1/orders/{delivered['id']}/{step}")
        review = self.send("POST", f"/v1/products/{product['id']}/reviews", {"stars": 4, "text": "Fuzzy"}, token=account["token"])
        order, cart = self.buy(product, account["token"])
        other = self.send("POST", "/v1/customers", {"email": "other@example.com"})
        category = self.send("GET", "/v1/categories")["items"][0]
        return {"products": product["id"], "carts": cart["id"], "orders": order["id"], "customers": other["id"],
                "categories": category["id"], "reviews": review["id"]}, product["id"], account["token"]


def configuration(folder, ids, product, token):
    """Ids that lead somewhere in half of the operations' parameters; the rest is made up."""
    parts = [f'headers = {{ Authorization = "Bearer {token}" }}\n', METHODS]
    document = json.loads((ROOT / "docs/api/openapi.json").read_text())
    for path, item in document["paths"].items():
        known = ids.get(path.split("/")[2]) if path.startswith("/v1/") and "{id}" in path else None
        for method in item if known else ():
            if method == "parameters":
                continue
            values = {"path.id": known} | ({"path.product_id": product} if "{product_id}" in path else {})
            table = ", ".join(f'"{name}" = "{value}"' for name, value in values.items())
            parts.append(f'[[operations]]\ninclude-name = "{method.upper()} {path}"\nparameters = {{ {table} }}\n')
    (folder / "schemathesis.toml").write_text("\n".join(parts))


def prepare(build):
    work = pathlib.Path(build).resolve() / "fuzz-api"
    program = work / "bin/schemathesis"
    marker = work / "installed"
    if not marker.exists() or marker.read_text() != PACKAGE:
        venv.create(work, with_pip=True)
        subprocess.run([work / "bin/pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE], check=True)
        marker.write_text(PACKAGE)
    return program


def main(shopd, build, examples="50"):
    program = prepare(build)
    with tempfile.TemporaryDirectory(prefix="shopd-fuzz-api-") as name:
        folder = pathlib.Path(name)
        shop = ShopProcess(pathlib.Path(shopd).resolve(), folder / "data", settings=SETTINGS)
        shop.start()
        failed = 0
        try:
            ids, product, customer = Shop(shop.url).fill()
            for who, token, more in (("operator", OPERATOR_KEY, OPERATOR), ("customer", customer, CUSTOMER)):
                print(f"== as {who}", flush=True)
                configuration(folder, ids, product, token)
                failed += subprocess.run([program, "--no-color", "run", ROOT / "docs/api/openapi.json", "--url", shop.url, "--checks",
                                          CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", examples, *STREAMS, *more],
                                         cwd=folder).returncode != 0
        finally:
            code = shop.stop()
        print(f"the server ended with {code}")
        audit = subprocess.run([shop.shopd, "audit", "--data", shop.folder], capture_output=True, text=True)
        print(audit.stdout[-600:] + audit.stderr[-600:])
        return 1 if failed or code != 0 or audit.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
