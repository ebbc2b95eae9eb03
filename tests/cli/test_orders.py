"""Orders in: what `shopd export orders` wrote goes into another folder and comes out the same."""
import copy
import hashlib
import hmac
import http.client
import json
import re
import time

from test_data import KEY, run
from test_people import ADDRESS, PeopleTest
from test_serve import DONE, FAILED, REFUSED, USAGE

SECRET = "s" * 32


def total(order):
    return next(entry["amount"] for entry in order["totals"] if entry["type"] == "total")


class OrdersImportTest(PeopleTest):
    """A shop with orders in every state, and empty folders with its products and customers."""

    def call_back(self, order, outcome, amount, event):
        body = json.dumps({"id": event, "type": outcome, "order_id": order["id"], "payment_id": "pay-" + event,
                           "amount": {"amount": amount, "currency": "USD"}}).encode()
        second = int(time.time())
        mac = hmac.new(SECRET.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/v1/payments/events", body,
                           {"Content-Type": "application/json", "Shopd-Signature": f"t={second},v1={mac}"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        self.assertEqual(answer.status, 200, text)

    def buy(self, *wanted, customer=None, email="ann@home.example"):
        cart = self.send("POST", "/v1/carts", {"customer_id": customer["id"]} if customer else None, status=201)
        for product, quantity in wanted:
            self.send("POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": quantity})
        return self.send("POST", f"/v1/carts/{cart['id']}/checkout", {
            "contact": {"name": "Zoë", "email": email}, "shipping_address": ADDRESS,
            "billing_address": {**ADDRESS, "name": "Bob"}, "metadata": {"gift": True, "deep": [{"a": 1}]}},
            status=201, Idempotency_Key=f"k-{cart['id']}")

    def move(self, order, action, body=None):
        return self.send("POST", f"/v1/orders/{order['id']}/{action}", body)

    def make_shop(self):
        self.serve(SHOPD_OPERATOR_KEY=KEY, SHOPD_PAYMENT_SECRETS=SECRET)
        self.send("POST", "/v1/locations", {"name": "north", "priority": 5}, status=201)
        cup, pot = (self.send("POST", "/v1/products", {"sku": sku, "name": sku, "price": {"amount": 1999, "currency": "USD"}},
                              status=201) for sku in ("CUP", "POT"))
        for place, quantity in (("main", 60), ("north", 7)):
            for product in (cup, pot):
                self.send("POST", "/v1/stock/movements", {"product_id": product["id"], "quantity": quantity,
                                                          "reason": "received", "location": place}, status=201)
        self.send("PUT", "/v1/pricing", {"policy": "best", "rules": [
            {"strategy": "bulk", "min_quantity": 3, "basis_points": 1000}]})
        ann = self.send("POST", "/v1/customers", {"email": "Ann@example.com"}, status=201)
        pending, confirmed, shipped, half, delivered, cancelled, failed, fed, gone = (
            self.buy((cup, 4), (pot, 1), customer=ann if i % 2 else None) for i in range(9))
        self.call_back(confirmed, "payment.succeeded", total(confirmed), "e1")
        for order in (shipped, half, delivered, fed):
            self.move(order, "confirm")
        self.move(delivered, "cancel", {"reason": "too many", "lines": [{"line_id": delivered["lines"][0]["id"], "quantity": 1}]})
        self.call_back(fed, "payment.succeeded", total(fed), "e2")
        self.move(fed, "cancel", {"lines": [{"line_id": fed["lines"][0]["id"], "quantity": 3}]})
        self.move(shipped, "ship", {"carrier": "DHL", "tracking_number": "T-1"})
        self.move(half, "ship", {"lines": [{"line_id": half["lines"][0]["id"], "quantity": 2}]})
        self.move(delivered, "ship")
        self.move(delivered, "deliver")
        self.move(cancelled, "cancel", {"reason": "no \"more\""})
        self.call_back(failed, "payment.failed", 1, "e3")
        self.send("DELETE", f"/v1/orders/{gone['id']}/contact", status=204)
        self.assertEqual(self.stop()[0], DONE)
        self.audit()
        self.out = {kind: self.folder / f"{kind}.ndjson" for kind in ("catalogue", "customers", "orders")}
        for kind, file in self.out.items():
            self.assertEqual(run("export", kind, "--data", self.data, "--out", file).returncode, DONE)
        self.orders = [json.loads(line) for line in self.out["orders"].read_bytes().splitlines()]

    def make_empty(self, name):
        data = self.folder / name
        self.assertEqual(run("import", self.out["catalogue"], "--data", data).returncode, DONE)
        self.assertEqual(run("import", "customers", self.out["customers"], "--data", data).returncode, DONE)
        return data

    def take_orders(self, file, *arguments, data, code=DONE):
        done = run("import", "orders", file, "--data", data, *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        counts = re.search(r"(\d+) new, (\d+) changed, (\d+) unchanged, (\d+) bad", done.stdout)
        return counts and tuple(map(int, counts.groups())), done

    def stock(self, data):
        done = run("export", "--data", data)
        return {row["sku"]: row["stock"] for row in map(json.loads, done.stdout.splitlines()) if row["type"] == "product"}

    def lines(self, *orders):
        return self.write("some.ndjson", "".join((o if isinstance(o, str) else json.dumps(o)) + "\n" for o in orders))


class RoundTripTest(OrdersImportTest):
    def test_an_export_that_is_imported_is_the_same_export(self):
        self.make_shop()
        self.assertEqual([o["status"] for o in self.orders], ["pending", "confirmed", "shipped", "shipped", "delivered",
                                                              "cancelled", "cancelled", "confirmed", "pending"])
        data = self.make_empty("other")
        before = self.stock(data)
        self.assertEqual(self.take_orders(self.out["orders"], "--strict", data=data)[0], (9, 0, 0, 0))
        self.audit(data)
        for kind, file in self.out.items():
            done = run("export", kind, "--data", data)
            self.assertEqual(done.stdout.encode(), file.read_bytes(), kind)
        self.assertEqual(self.stock(data), before)
        # Again: all of it is there.
        for arguments in ((), ("--strict",)):
            self.assertEqual(self.take_orders(self.out["orders"], *arguments, data=data)[0], (0, 0, 9, 0))
        self.audit(data)

        # What is still to be sent is reserved here as it was there.
        there = self.data
        reserved = {}
        for name, folder in (("here", data), ("there", there)):
            self.data = folder
            self.serve(SHOPD_OPERATOR_KEY=KEY, SHOPD_PAYMENT_SECRETS=SECRET)
            products = {row["sku"]: row for row in self.send("GET", "/v1/products?limit=9")["items"]}
            rows = {sku: self.send("GET", "/v1/stock?product_id=" + row["id"])["items"] for sku, row in products.items()}
            reserved[name] = {sku: [(row["location"], row["on_hand"], row["reserved"]) for row in stock]
                              for sku, stock in rows.items()}
            if name == "there":
                self.assertEqual(reserved["here"], reserved["there"])
                self.assertEqual(sum(row[2] for row in reserved["here"]["CUP"]), 4 + 4 + 2 + 1 + 4)
            listed = self.send("GET", "/v1/orders?limit=50")["items"]
            self.assertEqual([o["number"] for o in listed], [str(o["number"]) for o in reversed(self.orders)])
            by_number = {o["number"]: o for o in listed}
            if name == "here":
                # They live on: paid, sent, delivered, cancelled; a callback that came before changes nothing.
                order = {k: by_number[str(1000000 + i)] for i, k in
                         enumerate(("pending", "confirmed", "shipped", "half", "delivered"), 1)}
                self.call_back(order["confirmed"], "payment.succeeded", 1, "e1")
                self.call_back(order["pending"], "payment.succeeded", total(order["pending"]), "e9")
                self.move(order["pending"], "ship")
                self.move(order["confirmed"], "cancel", {"reason": "never mind"})
                self.move(order["half"], "ship")
                self.move(order["half"], "deliver")
                self.move(order["shipped"], "deliver")
                self.send("POST", f"/v1/orders/{order['delivered']['id']}/cancel", {}, status=409)
                self.assertEqual(self.buy((products["CUP"], 1))["number"], "1000010")
            self.assertEqual(self.stop()[0], DONE)
            self.audit()
        self.data = data
        exported = [json.loads(line) for line in self.give("orders").splitlines()]
        self.assertEqual([o["status"] for o in exported], ["shipped", "cancelled", "delivered", "delivered", "delivered",
                                                           "cancelled", "cancelled", "confirmed", "pending", "pending"])
        self.assertEqual([step["status"] for step in exported[1]["history"]], ["pending", "confirmed", "cancelled"])
        self.assertEqual(exported[1]["payments"][-1]["type"], "refund_due")


    def test_an_order_with_a_long_past_comes_through_and_one_too_long_is_named(self):
        self.make_shop()
        order = self.orders[0]
        first = order["history"][0]
        step = {"status": "pending", "action": "cancel_part", "by": "operator", "at": first["at"], "reason": "n" * 500}
        order["history"] = [first] + [step] * 3000
        data = self.make_empty("other")
        self.assertEqual(self.take_orders(self.lines(order), "--strict", data=data)[0], (1, 0, 0, 0))
        self.audit(data)
        self.assertEqual(json.loads(run("export", "orders", "--data", data).stdout)["history"], order["history"])
        order["history"] = [first] + [step] * 9000
        counts, done = self.take_orders(self.lines(order), data=self.make_empty("third"))
        self.assertEqual(counts, (0, 0, 0, 1))
        self.assertIn("history: the order is too large", done.stderr)


class RefusalTest(OrdersImportTest):
    def test_bad_lines_are_named_with_number_and_field_and_nothing_of_them_is_imported(self):
        self.make_shop()
        data = self.make_empty("other")
        good = self.orders[4]  # delivered, 3 of 4 cups, 1 pot
        good["number"] = 1000001
        self.assertEqual((good["status"], good["lines"][0]["quantity"]), ("delivered", 3))

        def spoil(change):
            bad = copy.deepcopy(good)
            change(bad)
            return bad

        def put(*path):
            *where, name, value = path

            def change(order):
                for step in where:
                    order = order[step]
                if value is None:
                    del order[name]
                else:
                    order[name] = value
            return spoil(change)

        cases = [
            ("{\"type\":", ""), ("[]", ""), (put("type", "customer"), "type"), (put("number", 7), "number"),
            (put("number", None), "number"), (put("number", 1000002), "number"), (put("colour", "red"), "colour"),
            (put("status", "lost"), "status"), (put("status", "shipped"), "status"), (put("status", "cancelled"), "status"),
            (put("created_at", "yesterday"), "created_at"), (put("created_at", "2020-01-01T00:00:00.000Z"), "history[0].at"),
            (put("customer_email", "nobody@example.com"), "customer_email"), (put("currency", "EUR"), "currency"),
            (put("contact", "email", "no address"), "contact.email"), (put("shipping_address", "country", "Narnia"),
                                                                        "shipping_address.country"),
            (put("lines", []), "lines"), (put("lines", 0, "sku", "HAT"), "lines[0].sku"),
            (spoil(lambda order: order["lines"].append(order["lines"][1])), "lines"), (put("lines", 0, "quantity", 5), "lines[0].total"),
            (put("lines", 0, "unit_price", -1), "lines[0].unit_price"), (put("lines", 0, "total", 1), "lines[0].total"),
            (put("lines", 0, "quantity_ordered", 2), "lines"), (put("lines", 0, "discount_ordered", 0), "lines"),
            (put("totals", "subtotal", 1), "totals.subtotal"), (put("totals", "discount", 1), "totals.discount"),
            (put("totals", "total", 1), "totals.total"), (put("totals", "tax", -1), "totals.tax"),
            (put("totals_ordered", "total", 1), "totals_ordered.total"), (put("totals_ordered", None), "totals_ordered"),
            (put("history", []), "history"), (put("history", 0, "status", "confirmed"), "history[0].status"),
            (put("history", 1, "action", "fly"), "history[1].action"), (put("history", 1, "by", "magic"), "history[1].by"),
            (put("history", 1, "at", "2020-01-01T00:00:00.000Z"), "history"),
            (put("history", 4, "at", "2199-01-01T00:00:00.000Z"), "history"),
            (put("history", 1, "action", "ship"), "history"), (put("history", 1, "status", "delivered"), "history"),
            (put("shipments", 0, "location", "moon"), "shipments[0].location"), (put("shipments", []), "status"),
            (put("shipments", 0, "lines", []), "shipments[0].lines"),
            (put("shipments", 0, "lines", 0, "quantity", 4), "shipments"),
            (put("shipments", 0, "lines", 0, "quantity", 2), "status"),
            (put("shipments", 0, "delivered_at", None), "status"),
            (put("shipments", 0, "delivered_at", "2020-01-01T00:00:00.000Z"), "shipments"),
            (put("shipments", 0, "shipped_at", "2199-01-01T00:00:00.000Z"), "shipments"),
            (put("payments", [{"type": "succeeded", "outcome": "confirmed", "amount": 1, "currency": "USD", "payment_id": "p",
                               "event_id": "e", "at": good["created_at"]}]), "payments"),
            (put("payments", [{"type": "bribed", "outcome": "confirmed", "at": good["created_at"]}]), "payments[0].type"),
            (put("payments", [{"type": "failed", "outcome": "ignored", "amount": 1, "at": good["created_at"]}]),
             "payments[0].currency"),
            (put("payments", [{"type": "failed", "outcome": "ignored", "event_id": "e", "at": good["created_at"]}] * 2), "payments"),
            (put("payments", [{"type": "refund_due", "outcome": "confirmed", "at": good["created_at"]}]), "payments"),
        ]
        file, report = self.lines(*(case for case, _ in cases)), self.folder / "report"
        _, done = self.take_orders(file, "--strict", data=data, code=REFUSED)
        self.assertIn(f"{len(cases)} bad lines: nothing was imported", done.stderr)
        counts, done = self.take_orders(file, "--report", report, data=data)
        told = sorted((line.split("\t")[1:] for line in report.read_text().splitlines()), key=lambda row: int(row[0]))
        for (_, field), (number, reason) in zip(cases, told):
            with self.subTest(line=number):
                self.assertTrue(reason.startswith(field + ": " if field else ""), (number, field, reason))
        self.assertEqual([int(number) for number, _ in told], list(range(1, len(cases) + 1)))
        self.assertEqual(counts, (0, 0, 0, len(cases)))
        self.assertEqual(run("export", "orders", "--data", data).stdout, "")
        self.assertEqual(self.take_orders(self.lines(good), data=data)[0], (1, 0, 0, 0))
        # Another order with its number, and one that is older than it.
        for bad, field in ((put("lines", 0, "unit_price", 1), "lines[0].total"), (put("customer_email", "ann@example.com"), "number"),
                           (put("number", 1000003), "number")):
            _, done = self.take_orders(self.lines(bad), data=data)
            self.assertIn(f"line 1: {field}: ", done.stderr)
        older = copy.deepcopy(self.orders[0])
        older["number"] = 1000002
        _, done = self.take_orders(self.lines(older), data=data)
        self.assertIn("line 1: created_at: ", done.stderr)
        self.audit(data)

    def test_nothing_is_sold_twice(self):
        self.make_shop()
        data = self.make_empty("other")
        rows = [json.loads(line) for line in self.out["catalogue"].read_text().splitlines()]
        for row in rows:
            if row.get("sku") == "CUP":
                row["stock"] = {"main": 4, "north": 5}
        self.assertEqual(run("import", self.lines(*rows), "--data", data).returncode, DONE)
        for arguments, code in (("--strict",), REFUSED), ((), DONE):
            counts, done = self.take_orders(self.out["orders"], *arguments, data=data, code=code)
            self.assertIn("line 4: lines: not enough stock", done.stderr)
        # 4 and 4 are held by the first two; the third was sent; the fourth needs 2 of the one that is left.
        self.assertEqual(counts, (3, 0, 0, 6))
        self.audit(data)
        self.assertEqual(self.stock(data)["CUP"], {"main": 4, "north": 5})
        # With stock for it the import goes on where it stopped.
        rows = [dict(row, stock={"main": 40, "north": 5}) if row.get("sku") == "CUP" else row for row in rows]
        self.assertEqual(run("import", self.lines(*rows), "--data", data).returncode, DONE)
        self.assertEqual(self.take_orders(self.out["orders"], data=data)[0], (6, 0, 3, 0))
        self.audit(data)
        self.assertEqual(run("export", "orders", "--data", data).stdout.encode(), self.out["orders"].read_bytes())

    def test_what_makes_no_sense_is_refused(self):
        file = self.lines("{}")
        for arguments in (("import", "orders"), ("import", "orders", file, "--format", "csv"),
                          ("import", "orders", file, "--url", "http://x"), ("import", "orders", "-", "--strict")):
            self.assertEqual(run(*arguments, "--data", self.data).returncode, USAGE, arguments)
        self.assertEqual(run("import", "orders", file, "--strict", "--data", self.data).returncode, FAILED)
        self.assertFalse(self.data.exists())

    def test_thousands_come_in_and_out(self):
        self.make_shop()
        data = self.make_empty("other")
        done = [o for o in self.orders if o["status"] in ("delivered", "cancelled")]
        many = [dict(done[i % len(done)], number=1000001 + i) for i in range(3000)]
        many.sort(key=lambda order: order["created_at"])
        many = [dict(order, number=1000001 + i) for i, order in enumerate(many)]
        file = self.write("many.ndjson", "".join(json.dumps(o, ensure_ascii=False, separators=(",", ":")) + "\n" for o in many))
        self.assertEqual(self.take_orders(file, "--strict", data=data)[0], (3000, 0, 0, 0))
        self.audit(data)
        self.assertEqual(run("export", "orders", "--data", data).stdout.encode(), file.read_bytes())
        self.assertEqual(self.take_orders(file, data=data)[0], (0, 0, 3000, 0))
