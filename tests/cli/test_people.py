"""Customers and orders in and out: export, import, and that an imported customer can log in."""
import http.client
import json
import re
import stat

import test_data
from test_data import KEY, run
from test_serve import DONE, FAILED, REFUSED, USAGE

CHEAP = {"SHOPD_PASSWORD_MEMORY_KIB": "64", "SHOPD_PASSWORD_PASSES": "1"}
ADDRESS = {"name": "Ann", "line1": "1 Main St", "city": "Springfield", "postal_code": "62704", "country": "US"}


class PeopleTest(test_data.DataTest):
    def send(self, method, path, body=None, token=None, status=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.update({"Authorization": f"Bearer {token or KEY}", "Content-Type": "application/json"})
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.loads(response.read() or "null")
        connection.close()
        self.assertEqual(response.status, status or 200, answer)
        return answer

    def people(self, *lines):
        return self.write("people.ndjson", "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))

    def take(self, file, *arguments, data=None, code=DONE):
        done = run("import", "customers", file, "--data", data or self.data, *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        counts = re.search(r"(\d+) new, (\d+) changed, (\d+) unchanged, (\d+) bad", done.stdout)
        return counts and tuple(map(int, counts.groups())), done

    def give(self, kind, *arguments, data=None):
        file = self.folder / "given"
        done = run("export", kind, "--data", data or self.data, "--out", file, *arguments)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        return file.read_bytes()


class CustomersTest(PeopleTest):
    def test_an_export_that_is_imported_is_the_same_export(self):
        self.serve(SHOPD_OPERATOR_KEY=KEY, **CHEAP)
        for i in range(30):
            self.send("POST", "/v1/customers", {"name": f"Zoë \"{i}\"", "email": f"c{i}@example.com", "member": i % 3 == 0},
                      status=201)
        self.send("POST", "/v1/customers", {"phone": "+1 555 0100"}, status=201)
        ann = self.send("POST", "/v1/customers/register", {
            "email": "ann@example.com", "password": "correct horse", "addresses": [{**ADDRESS, "label": "home"}],
            "preferences": {"channels": ["email"], "language": "de"}}, status=201)
        gone = self.send("POST", "/v1/customers", {"email": "gone@example.com"}, status=201)
        self.send("DELETE", "/v1/customers/" + gone["id"], status=204)
        self.assertEqual(self.stop()[0], DONE)

        plain, hashed = self.give("customers"), self.give("customers", "--password-hashes")
        rows = [json.loads(line) for line in plain.splitlines()]
        self.assertEqual(len(rows), 32)
        self.assertEqual(rows[0], {"type": "customer", "name": "Zoë \"0\"", "email": "c0@example.com", "member": True})
        self.assertEqual(rows[31]["preferences"], {"channels": ["email"], "language": "de"})
        self.assertNotIn(b"argon2", plain)
        self.assertNotIn(b"correct horse", hashed)
        self.assertNotIn(b"gone@", hashed)
        self.assertEqual(hashed.count(b"$argon2id$"), 1)
        for exported, arguments in ((plain, ()), (hashed, ("--password-hashes",))):
            other = self.folder / f"other{len(arguments)}"
            file = self.folder / "exported.ndjson"
            file.write_bytes(exported)
            self.assertEqual(self.take(file, "--strict", data=other)[0], (32, 0, 0, 0))
            self.assertEqual(self.give("customers", *arguments, data=other), exported)
            self.audit(other)
            # Once more: all who have an address are there already.
            self.assertEqual(self.take(file, data=other)[0], (1, 0, 31, 0))

        self.data = self.folder / "other1"
        self.serve(SHOPD_OPERATOR_KEY=KEY, **CHEAP)
        session = self.send("POST", "/v1/sessions", {"email": "Ann@example.com", "password": "correct horse"}, status=201)
        self.assertEqual(session["customer"]["addresses"], ann["customer"]["addresses"])
        self.send("POST", "/v1/sessions", {"email": "c1@example.com", "password": "correct horse"}, status=401)
        actions = {(item["by"]["type"], item["action"]) for item in self.send("GET", "/v1/audit")["items"]}
        self.assertIn(("console", "customer_create"), actions)

    def test_bad_lines_are_named_with_number_and_field_and_nothing_of_them_is_imported(self):
        lines = ({"email": "good@example.com"}, "", {"email": "no address"}, {"name": "x"}, "{\"email\":", "[1]",
                 {"email": "a@example.com", "member": "yes"}, {"email": "b@example.com", "colour": "red"},
                 {"email": "c@example.com", "password_hash": "secret"}, {"type": "order", "email": "d@example.com"},
                 {"phone": "1", "password_hash": "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$aGFzaA"},
                 {"email": "e@example.com", "addresses": [{"country": "Narnia"}]}, {"email": "good2@example.com"},
                 "{\"email\":\"x" + "x" * (1 << 20) + "\"}", {"email": "GOOD@example.com"})
        report = self.folder / "report"
        counts, done = self.take(self.people(*lines), "--report", report)
        self.assertEqual(counts, (2, 0, 1, 11))
        told = [line.split("\t")[1:] for line in report.read_text().splitlines()]
        self.assertEqual([int(number) for number, _ in told], [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14])
        reasons = dict(told)
        for number, field in (("3", "email: "), ("4", "email: "), ("7", "member: "), ("8", "colour: "),
                              ("9", "password_hash: "), ("10", "type: "), ("12", "addresses[0].")):
            self.assertTrue(reasons[number].startswith(field), reasons)
            self.assertIn(f"line {number}: ", done.stderr)
        self.assertIn("too long", reasons["14"])
        self.assertEqual([json.loads(line)["email"] for line in self.give("customers").splitlines()],
                         ["good@example.com", "good2@example.com"])
        self.audit()

    def test_tiers_come_in_and_out_by_name(self):
        tiers = ("--member-tiers", "member silver gold")
        lines = [{"type": "customer", "email": "g@example.com", "member": True, "tier": "gold"},
                 {"type": "customer", "email": "m@example.com", "member": True},
                 {"type": "customer", "email": "n@example.com", "member": False}]
        self.assertEqual(self.take(self.people(*lines), *tiers)[0], (3, 0, 0, 0))
        exported = self.give("customers", *tiers)
        self.assertEqual([json.loads(line) for line in exported.splitlines()], lines)
        counts, done = self.take(self.people({"email": "h@example.com", "tier": "gold"}))
        self.assertEqual(counts, (0, 0, 0, 1))
        self.assertIn("line 1: tier: ", done.stderr)
        for wrong in ("", "Gold", "a a"):
            done = run("import", "customers", self.people(*lines), "--data", self.data, "--member-tiers", wrong)
            self.assertEqual(done.returncode, USAGE, done.stderr)

    def test_strict_imports_all_or_nothing(self):
        file = self.people({"email": "good@example.com"}, {"email": "bad"})
        _, done = self.take(file, "--strict", code=REFUSED)
        self.assertIn("nothing was imported", done.stderr)
        self.assertFalse(self.data.exists())

    def test_thousands_come_in_and_out(self):
        file = self.people(*({"email": f"c{i}@example.com", "name": f"Customer {i}"} for i in range(5000)))
        self.assertEqual(self.take(file)[0], (5000, 0, 0, 0))
        self.assertEqual(self.give("customers").count(b"\n"), 5000)
        self.audit()

    def test_what_makes_no_sense_is_refused(self):
        file = self.people({"email": "a@example.com"})
        for arguments in (("import", "customers"), ("import", "customers", file, "--format", "csv"),
                          ("import", "customers", file, "--url", "http://x"), ("export", "everything"),
                          ("import", "customers", "-", "--strict"),
                          ("export", "customers", "--format", "tsv"), ("export", "orders", "--password-hashes"),
                          ("export", "customers", "orders")):
            self.assertEqual(run(*arguments, "--data", self.data).returncode, USAGE, arguments)
        self.take(self.folder / "nowhere.ndjson", code=FAILED)
        self.assertEqual(run("export", "customers", "--data", self.folder / "nowhere").returncode, FAILED)


class OrdersTest(PeopleTest):
    def test_orders_come_out_with_all_that_is_known_of_them(self):
        self.serve(SHOPD_OPERATOR_KEY=KEY)
        product = self.send("POST", "/v1/products", {"sku": "A", "name": "Cup", "price": {"amount": 1999, "currency": "USD"}},
                            status=201)
        self.send("POST", "/v1/stock/movements", {"product_id": product["id"], "quantity": 9, "reason": "received"}, status=201)
        customer = self.send("POST", "/v1/customers", {"email": "ann@example.com"}, status=201)
        orders = []
        for email in ("ann@home.example", "gone@example.com"):
            cart = self.send("POST", "/v1/carts", {"customer_id": customer["id"]} if not orders else None, status=201)
            self.send("POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 3})
            orders.append(self.send("POST", f"/v1/carts/{cart['id']}/checkout", {
                "contact": {"name": "Ann", "email": email}, "shipping_address": ADDRESS, "metadata": {"gift": True}},
                status=201, Idempotency_Key="k"))
        first = "/v1/orders/" + orders[0]["id"]
        line = orders[0]["lines"][0]["id"]
        self.send("POST", first + "/cancel", {"reason": "too many", "lines": [{"line_id": line, "quantity": 1}]})
        self.send("POST", first + "/confirm")
        self.send("POST", first + "/ship", {"carrier": "DHL", "tracking_number": "T-1"})
        self.send("POST", first + "/deliver")
        self.send("DELETE", f"/v1/orders/{orders[1]['id']}/contact", status=204)
        self.assertEqual(self.stop()[0], DONE)

        exported = self.give("orders")
        self.assertEqual(exported, self.give("orders"))
        one, two = (json.loads(line) for line in exported.splitlines())
        self.assertEqual((one["type"], one["number"], one["status"], one["customer_email"], one["currency"]),
                         ("order", 1000001, "delivered", "ann@example.com", "USD"))
        self.assertEqual((one["contact"], one["shipping_address"], one["metadata"]),
                         ({"name": "Ann", "email": "ann@home.example"}, ADDRESS, {"gift": True}))
        self.assertEqual(one["lines"], [{"sku": "A", "name": "Cup", "quantity_ordered": 3, "quantity": 2, "unit_price": 1999,
                                         "discount_ordered": 0, "discount": 0, "total": 3998}])
        self.assertEqual((one["totals"]["total"], one["totals_ordered"]["total"]), (3998, 5997))
        self.assertEqual([(step["status"], step.get("action"), step.get("reason")) for step in one["history"]],
                         [("pending", None, None), ("pending", "cancel_part", "too many"), ("confirmed", "confirm", None),
                          ("shipped", "ship", None), ("delivered", "deliver", None)])
        parcel = one["shipments"][0]
        self.assertEqual((parcel["location"], parcel["carrier"], parcel["tracking_number"], parcel["lines"]),
                         ("main", "DHL", "T-1", [{"sku": "A", "quantity": 2}]))
        self.assertTrue(parcel["delivered_at"] >= parcel["shipped_at"])
        self.assertEqual((two["status"], two["contact"], two["payments"]), ("pending", {}, []))
        self.assertNotIn("customer_email", two)
        self.assertNotIn(b"gone@", exported)
