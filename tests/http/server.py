"""A shopd for black-box tests: on a free loopback port, its data in a temporary folder, stopped by its process id.

The binary is named by the environment variable SHOPD (build/shopd without it). Every answer is compared with
docs/api/openapi.json as it comes in, so a field that the document does not have fails the test that saw it.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import contract

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOPD = os.environ.get("SHOPD") or str(ROOT / "build/shopd")
OPERATOR_KEY = "an-operator-key-of-the-http-tests"
ADDRESS = {"name": "Alice", "line1": "1 Main St", "city": "Springfield", "postal_code": "62704", "country": "US"}
ALICE = {"name": "Alice", "email": "alice@example.com", "phone": "+15551234"}


class Answer:
    def __init__(self, response, raw):
        self.status, self.headers, self.raw = response.status, response.headers, raw
        kind = response.headers.get("Content-Type", "")
        self.json = json.loads(raw) if raw and "json" in kind and "ndjson" not in kind else None

    @property
    def code(self):
        return self.json.get("code")

    @property
    def fields(self):
        return {(error["field"], error["code"]) for error in self.json["errors"]}


class Client:
    """One keep-alive connection. Use one per thread."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method, path, body=None, *, token=None, operator=False, key=None, headers=None):
        sent = dict(headers or {})
        if token:
            sent["Cart-Token"] = token
        if operator:
            sent["Authorization"] = "Bearer " + OPERATOR_KEY
        if key:
            sent["Idempotency-Key"] = key
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        self.connection.request(method, path, body, sent)
        response = self.connection.getresponse()
        answer = Answer(response, response.read())
        contract.check(method, path, answer)
        return answer

    def close(self):
        self.connection.close()


class Server:
    def __init__(self, settings=None):
        self.settings = settings or {}
        self.folder = tempfile.mkdtemp(prefix="shopd-http-")
        self.data = os.path.join(self.folder, "data")
        self.process = None
        self.start()

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        environment = dict(os.environ, SHOPD_OPERATOR_KEY=OPERATOR_KEY, **self.settings)
        self.process = subprocess.Popen([SHOPD, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True)
        for line in self.process.stdout:
            ready = re.search(r"ready at http://127\.0\.0\.1:(\d+)", line)
            if ready:
                self.port = int(ready[1])
                return
        raise RuntimeError("shopd did not start:\n" + self.log_text())

    def log_text(self):
        return pathlib.Path(self.folder, "log").read_text(errors="replace")

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(60)
        self.process.stdout.close()
        self.log.close()
        return code

    def audit(self):
        """`shopd audit` of the folder of a stopped server, which must find nothing."""
        done = subprocess.run([SHOPD, "audit", "--data", self.data], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def remove(self):
        """A server that still runs has to end well: a sanitizer that found something, or a leak, says so as it exits."""
        code = self.end() if self.process.poll() is None else 0
        log = self.log_text() if code != 0 else ""
        shutil.rmtree(self.folder)
        assert code == 0, f"shopd ended with {code}:\n{log[-4000:]}"

    def files(self):
        return [path for path in pathlib.Path(self.data).rglob("*") if path.is_file()]


class ShopTest(unittest.TestCase):
    """A server for all tests of the class, and the steps that many of them begin with."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.settings)
        cls.skus = 0

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def setUp(self):
        self.client = Client(self.server.port)
        self.addCleanup(self.client.close)

    def send(self, *arguments, **options):
        return self.client.send(*arguments, **options)

    def ok(self, status, *arguments, **options):
        answer = self.send(*arguments, **options)
        self.assertEqual(answer.status, status, answer.raw)
        return answer.json

    def refused(self, status, code, *arguments, **options):
        answer = self.send(*arguments, **options)
        self.assertEqual((answer.status, answer.json and answer.code), (status, code), answer.raw)
        return answer

    def make_product(self, stock=0, price=1000, **fields):
        type(self).skus += 1
        body = {"sku": f"SKU-{self.skus}", "name": f"Thing {self.skus}", "category": "HOME",
                "price": {"amount": price, "currency": "USD"}, **fields}
        product = self.ok(201, "POST", "/v1/products", body, operator=True)
        if stock:
            self.move({"product_id": product["id"], "quantity": stock, "reason": "received"})
        return product

    def move(self, movement):
        return self.ok(201, "POST", "/v1/stock/movements", movement, operator=True)["items"]

    def stock(self, product):
        rows = self.ok(200, "GET", "/v1/stock?product_id=" + product["id"], operator=True)["items"]
        return sum(row["on_hand"] for row in rows), sum(row["reserved"] for row in rows)

    def open_cart(self, *items, **body):
        cart = self.ok(201, "POST", "/v1/carts", body or None, operator="customer_id" in body)
        for product, quantity in items:
            self.ok(200, "POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": quantity},
                    token=cart["token"])
        return cart

    def checkout(self, cart, key="key-1", token=None, **body):
        body = {"contact": ALICE, "shipping_address": ADDRESS, **body}
        return self.send("POST", f"/v1/carts/{cart['id']}/checkout", body, token=token or cart["token"], key=key)

    def place(self, *items, **body):
        """(order, its cart)"""
        cart = self.open_cart(*items)
        answer = self.checkout(cart, **body)
        self.assertEqual(answer.status, 201, answer.raw)
        return answer.json, cart

    def followed(self):
        """True once those who follow the events have taken every one."""
        return b'shop_follower_behind_events{follower="notices"} 0\n' in self.send("GET", "/metrics").raw

    def operate(self, order, action, body=None):
        return self.ok(200, "POST", f"/v1/orders/{order['id']}/{action}", body, operator=True)


PATIENCE_S = 20


def eventually(look, wanted=bool, patience_s=PATIENCE_S):
    """The first answer of look() that is wanted; the last one when none is in time."""
    until = time.monotonic() + patience_s
    while True:
        seen = look()
        if wanted(seen) or time.monotonic() > until:
            return seen
        time.sleep(0.01)


def total(thing):
    return {entry["type"]: entry["amount"] for entry in thing["totals"]}["total"]
