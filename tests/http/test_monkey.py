"""Requests made up from the document, right, nearly right and quite wrong, with a kill -9 half-way.

Whatever comes, the answer is one that the document has, never a 5xx, and the books add up afterwards. Seeded, so a
failure comes again: $MONKEY_SEED.
"""
import json
import os
import random
import signal
import subprocess
import urllib.parse

import contract
import server
from server import ShopTest

REQUESTS = 3000
ODD = (None, "", 0, -1, 1, 2**31, 2**32, 2**53, 2**63 - 1, -2**63, 1.5, True, [], {}, [[]], {"a": {}}, "x" * 70, "\u0000a",
       "é\U0001f600", "a/b", "main", "2026-11-22T10:00:00Z", "US", "USD", "<>&\"\\", "%00")


KINDS = {"products": "prd", "categories": "cat", "carts": "crt", "orders": "ord", "customers": "cus",
         "product_id": "prd", "ids": "prd", "category": "cat", "parent": "cat", "customer_id": "cus", "line_id": "lin",
         "shipment_id": "shp", "location": "loc", "from": "loc", "to": "loc"}


def weight(path, method):
    """Buying often and destroying seldom keeps something there to play with."""
    if path.endswith(("/items", "/checkout", "/movements")):
        return 12
    return 0.3 if method == "delete" else 2 if method == "post" else 1


class Monkey(ShopTest):
    def pick_id(self, name):
        """Mostly of the kind that the field or collection is about."""
        if self.random.random() < 0.05:
            return self.random.choice(self.ids)
        fitting = [identity for identity in self.ids if identity.startswith(KINDS.get(name, ""))]
        return self.random.choice(fitting or self.ids)

    def value(self, schema, name="", depth=0):
        schema = contract.resolve(schema)
        if name == "expected_total" and self.random.random() < 0.9:
            return None
        if self.random.random() < 0.02 or depth > 6:
            return self.random.choice(ODD)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return self.value(self.random.choice(schema[word]), name, depth + 1)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type", "string")
        kind = self.random.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            known = {key: self.value(item, key, depth + 1) for key, item in schema.get("properties", {}).items()
                     if key in schema.get("required", []) or self.random.random() < 0.5}
            return known or {"colour": "red"} if schema.get("additionalProperties") else known
        if kind == "array":
            return [self.value(schema["items"], name, depth + 1) for _ in range(self.random.randrange(4))]
        if kind in ("integer", "number"):
            return self.random.choice((0, 1, 2, 5, schema.get("minimum", 1), schema.get("maximum", 9)))
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "null":
            return None
        if schema.get("format") == "date-time":
            return f"20{self.random.randrange(20, 40)}-01-01T00:00:00Z"
        if "pattern" in schema:
            return self.random.choice(("USD", "US", "DE"))
        if name in KINDS and self.random.random() < 0.8:
            return self.pick_id(name)
        return self.random.choice(("HOME", "main", "a@example.com", f"text {self.random.random()}"))

    def learn(self, thing):
        """Ids in answers are used in later requests."""
        if isinstance(thing, dict):
            for name, item in thing.items():
                if isinstance(item, str) and (name == "id" or name.endswith("_id")) and name != "request_id":
                    self.ids = [old for old in self.ids if old != item][-80:] + [item]
                self.learn(item)
        elif isinstance(thing, list):
            for item in thing[:20]:
                self.learn(item)

    def send_one(self):
        path, method, route, item = self.random.choices(self.routes, self.weights)[0]
        for parameter in item.get("parameters", []):
            kind = path.split("/")[2] if parameter["name"] == "id" else parameter["name"]
            path = path.replace("{%s}" % parameter["name"], urllib.parse.quote(self.pick_id(kind), safe=""))
        query = {p["name"]: self.value(p["schema"], p["name"])
                 for p in map(contract.resolve, route.get("parameters", []))
                 if p["in"] == "query" and self.random.random() < 0.3}
        if query:
            path += "?" + urllib.parse.urlencode(query)
        body = None
        if "requestBody" in route and self.random.random() < 0.97:
            body = self.value(route["requestBody"]["content"]["application/json"]["schema"])
            body = "" if body is None else json.dumps(body)
        who = {"operator": True} if self.random.random() < 0.8 else {"token": self.random.choice(self.tokens)}
        answer = self.send(method.upper(), path, body, key=f"k{self.random.randrange(500)}", **who)
        self.assertLess(answer.status, 500, (method, path, body, answer.raw))
        if answer.json is not None and answer.status < 400:
            self.learn(answer.json)
            if "token" in answer.json:
                self.tokens = self.tokens[-5:] + [answer.json["token"]]

    def test_nothing_that_is_sent_brings_it_down(self):
        self.random = random.Random(int(os.environ.get("MONKEY_SEED", "1")))
        product = self.make_product(stock=1000)
        order, cart = self.place((product, 1))
        self.ids, self.tokens = [product["id"], order["id"], cart["id"], order["lines"][0]["id"]], [cart["token"]]
        self.routes = [(path, method, route, item) for path, item in contract.DOCUMENT["paths"].items()
                       for method, route in item.items() if method != "parameters" and path.startswith("/v1/")
                       and "text/event-stream" not in str(route)]  # those do not end
        self.weights = [weight(path, method) for path, method, _, _ in self.routes]
        for number in range(REQUESTS):
            self.send_one()
            if number == REQUESTS // 2:
                self.server.end(signal.SIGKILL)
                self.server.start()
                self.setUp()
        self.assertEqual(self.ok(200, "GET", "/healthz"), {"status": "ok"})
        self.assertEqual(self.server.end(), 0)
        audit = subprocess.run([server.SHOPD, "audit", "--data", self.server.data], capture_output=True, text=True)
        self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)
        self.server.start()


class SleepingMonkey(Monkey):
    settings = {"SHOPD_ORDERS_RESIDENT_MAX": "0", "SHOPD_FOLD_SLICE_MS": "10"}
