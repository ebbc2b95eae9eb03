"""Customers with an account: registering, logging in and out, what a token opens and what not."""
import re
import time

from server import ADDRESS, ShopTest, total

PASSWORD = "correct horse battery"


class AccountTest(ShopTest):
    """Cheap hashes: what they cost is not what is tested."""
    settings = {"SHOPD_PASSWORD_MEMORY_KIB": "64", "SHOPD_PASSWORD_PASSES": "1"}
    people = 0

    def bearer(self, session, **headers):
        return {"Authorization": "Bearer " + session["token"], **headers}

    def register(self, cart=None, **fields):
        AccountTest.people += 1
        body = {"name": "Ann", "email": f"ann{self.people}@example.com", "password": PASSWORD, **fields}
        session = self.ok(201, "POST", "/v1/customers/register", body, token=cart and cart["token"])
        session["email"] = body["email"]
        return session

    def login(self, email, password=PASSWORD, cart=None, status=201):
        return self.ok(status, "POST", "/v1/sessions", {"email": email, "password": password},
                       token=cart and cart["token"])

    def me(self, session, status=200):
        return self.ok(status, "GET", "/v1/customers/me", headers=self.bearer(session))

    def items(self, cart_id, session=None, **options):
        cart = self.ok(200, "GET", f"/v1/carts/{cart_id}", headers=session and self.bearer(session), **options)
        return {line["product_id"]: line["quantity"] for line in cart["lines"]}


class Accounts(AccountTest):
    def test_registering_logs_in(self):
        session = self.register(name="Zoe", phone="+1 555 1234")
        self.assertRegex(session["token"], r"^tok_[A-Za-z0-9_-]{43}$")
        me = self.me(session)
        self.assertEqual(me, session["customer"])
        self.assertEqual((me["name"], me["email"], me["role"], me["registered"], me["member"], me["cart_id"]),
                         ("Zoe", session["email"], "customer", True, False, None))

    def test_logging_in_and_out(self):
        session = self.register()
        again = self.login("  " + session["email"].upper() + " ")
        self.assertNotEqual(again["token"], session["token"])
        self.assertEqual(again["customer"]["id"], session["customer"]["id"])
        self.ok(204, "DELETE", "/v1/sessions/current", headers=self.bearer(again))
        self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(again))
        self.refused(401, "invalid_token", "DELETE", "/v1/sessions/current", headers=self.bearer(again))
        self.me(session)

    def test_a_token_rotates_and_all_are_revoked(self):
        session = self.register()
        other = self.login(session["email"])
        fresh = self.ok(201, "POST", "/v1/sessions/current/rotate", headers=self.bearer(session))
        self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(session))
        self.me(fresh)
        self.me(other)
        self.ok(204, "DELETE", "/v1/sessions", headers=self.bearer(fresh))
        for ended in (fresh, other):
            self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(ended))

    def test_the_oldest_of_too_many_tokens_ends(self):
        first = self.register()
        second = self.login(first["email"])
        for _ in range(19):
            last = self.login(first["email"])
        self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(first))
        self.me(second)
        self.me(last)

    def test_wrong_ways_in_look_alike(self):
        session = self.register()
        self.ok(201, "POST", "/v1/customers", {"email": "nopassword@example.com"}, operator=True)
        seen = set()
        for email, password in ((session["email"], "wrong password"), ("nobody@example.com", PASSWORD),
                                ("nopassword@example.com", PASSWORD), ("no address at all", PASSWORD)):
            answer = self.refused(401, "login_failed", "POST", "/v1/sessions",
                                  {"email": email, "password": password})
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
            seen.add(re.sub(r'"request_id":"[^"]*"', "", answer.raw.decode()))
        self.assertEqual(len(seen), 1)

    def test_an_address_belongs_to_one_customer(self):
        session = self.register()
        for email in (session["email"], session["email"].title()):
            self.refused(409, "email_taken", "POST", "/v1/customers/register",
                         {"email": email, "password": PASSWORD})
            self.refused(409, "email_taken", "POST", "/v1/customers", {"email": email}, operator=True)
        other = self.register()
        self.refused(409, "email_taken", "PATCH", "/v1/customers/me", {"email": session["email"]},
                     headers=self.bearer(other))
        self.refused(409, "email_taken", "PATCH", "/v1/customers/" + other["customer"]["id"],
                     {"email": session["email"]}, operator=True)
        self.ok(200, "PATCH", "/v1/customers/me", {"email": "given.up@example.com"}, headers=self.bearer(session))
        self.assertEqual(self.register(email=session["email"])["customer"]["email"], session["email"])
        self.login("given.up@example.com")

    def test_faults_are_told(self):
        for body, field, code in (({"password": PASSWORD}, "email", "missing"),
                                  ({"email": "x", "password": PASSWORD}, "email", "invalid_email"),
                                  ({"email": "a@b.example"}, "password", "missing"),
                                  ({"email": "a@b.example", "password": "short"}, "password", "too_short"),
                                  ({"email": "a@b.example", "password": "x" * 201}, "password", "too_long"),
                                  ({"email": "a@b.example", "password": PASSWORD, "member": True}, "member",
                                   "unknown_field")):
            answer = self.refused(400, "invalid_request", "POST", "/v1/customers/register", body)
            self.assertIn((field, code), answer.fields)
        self.refused(400, "invalid_request", "POST", "/v1/sessions", {"email": "a@b.example"})
        session = self.register()
        for body, field, code in (({"email": ""}, "email", "missing"), ({"email": None}, "email", "missing"),
                                  ({"member": True}, "member", "unknown_field"),
                                  ({"addresses": [{"city": "X"}]}, "addresses[0].country", "missing"),
                                  ({"addresses": [ADDRESS] * 21}, "addresses", "too_many"),
                                  ({"preferences": {"channels": [1]}}, "preferences.channels", "wrong_type")):
            answer = self.refused(400, "invalid_request", "PATCH", "/v1/customers/me", body,
                                  headers=self.bearer(session))
            self.assertIn((field, code), answer.fields)

    def test_customers_change_what_is_theirs(self):
        session = self.register(phone="+1 555 1234")
        home = {**ADDRESS, "label": "home"}
        preferences = {"channels": ["email", "sms"], "language": "de"}
        me = self.ok(200, "PATCH", "/v1/customers/me",
                     {"name": "Änn", "addresses": [home, ADDRESS], "preferences": preferences},
                     headers=self.bearer(session))
        self.assertEqual((me["name"], me["email"], me["phone"]), ("Änn", session["email"], "+1 555 1234"))
        self.assertEqual((me["addresses"], me["preferences"]), ([home, ADDRESS], preferences))
        self.assertEqual(self.me(session), me)
        me = self.ok(200, "PATCH", "/v1/customers/me", {"addresses": [], "phone": None}, headers=self.bearer(session))
        self.assertEqual((me["addresses"], me["phone"], me["preferences"]), ([], None, preferences))
        self.login(session["email"])

    def test_what_is_for_others_is_refused(self):
        session = self.register()
        for method, path, body in (("GET", "/v1/customers/" + session["customer"]["id"], None),
                                   ("POST", "/v1/products", {}), ("GET", "/v1/pricing", None),
                                   ("POST", "/v1/customers", {"email": "x@example.com"})):
            self.refused(403, "forbidden", method, path, body, headers=self.bearer(session))
        for method, path in (("GET", "/v1/customers/me"), ("DELETE", "/v1/customers/me"),
                             ("DELETE", "/v1/sessions"), ("DELETE", "/v1/sessions/current")):
            self.refused(401, "unauthorized", method, path)
            self.refused(403, "forbidden", method, path, operator=True)
            self.refused(403, "forbidden", method, path, token=self.open_cart()["token"])
        for bad in ("tok_", "tok_" + "A" * 43, session["token"][:-1], session["token"] + "A", "tok_" + "!" * 43):
            self.refused(401, "invalid_token", "GET", "/v1/customers/me",
                         headers={"Authorization": "Bearer " + bad})

    def test_tokens_survive_a_restart_and_end_for_good(self):
        session, gone = self.register(), self.register()
        self.ok(204, "DELETE", "/v1/sessions/current", headers=self.bearer(gone))
        for how in (9, 15):
            self.server.end(how)
            self.server.start()
            self.client.connection.close()
            self.client = type(self.client)(self.server.port)
            self.me(session)
            self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(gone))
            self.refused(409, "email_taken", "POST", "/v1/customers/register",
                         {"email": gone["email"], "password": PASSWORD})
            self.login(gone["email"])
        self.assertNotIn(session["token"][4:].encode(), b"".join(path.read_bytes() for path in self.server.files()))


class Shopping(AccountTest):
    def test_customers_see_their_own_orders_and_carts_alone(self):
        ann, bob = self.register(), self.register()
        product = self.make_product(stock=9)
        cart = self.ok(201, "POST", "/v1/carts", headers=self.bearer(ann))
        path = f"/v1/carts/{cart['id']}"
        line = {"product_id": product["id"], "quantity": 2}
        self.ok(200, "POST", path + "/items", line, headers=self.bearer(ann))
        self.assertEqual(self.me(ann)["cart_id"], cart["id"])
        for method, where, body in (("GET", path, None), ("POST", path + "/items", line),
                                    ("PUT", f"{path}/items/{product['id']}", {"quantity": 1}),
                                    ("DELETE", f"{path}/items/{product['id']}", None), ("POST", path + "/quote", {}),
                                    ("POST", path + "/checkout", {"shipping_address": ADDRESS})):
            self.refused(404, "cart_unknown", method, where, body, headers=self.bearer(bob), key="k")
        order = self.ok(201, "POST", path + "/checkout", {"shipping_address": ADDRESS}, headers=self.bearer(ann),
                        key="k")
        self.assertEqual((order["customer_id"], order["history"][0]["by"]), (ann["customer"]["id"], "customer"))
        mine = "/v1/orders/" + order["id"]
        self.assertEqual([item["id"] for item in self.ok(200, "GET", "/v1/orders", headers=self.bearer(ann))["items"]],
                         [order["id"]])
        self.assertEqual(self.ok(200, "GET", "/v1/orders", headers=self.bearer(bob))["items"], [])
        self.assertEqual(self.ok(200, "GET", mine, headers=self.bearer(ann))["id"], order["id"])
        self.refused(404, "order_unknown", "GET", mine, headers=self.bearer(bob))
        self.refused(404, "order_unknown", "POST", mine + "/cancel", headers=self.bearer(bob))
        self.refused(403, "forbidden", "POST", mine + "/confirm", headers=self.bearer(ann))
        gone = self.ok(200, "POST", mine + "/cancel", headers=self.bearer(ann))
        self.assertEqual((gone["status"], gone["history"][-1]["by"]), ("cancelled", "customer"))

    def test_a_cursor_is_its_customers(self):
        ann, bob = self.register(), self.register()
        product = self.make_product(stock=9)
        for key in "ab":
            cart = self.ok(201, "POST", "/v1/carts", headers=self.bearer(ann))
            self.ok(200, "POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 1},
                    headers=self.bearer(ann))
            self.ok(201, "POST", f"/v1/carts/{cart['id']}/checkout", {}, headers=self.bearer(ann), key=key)
        page = self.ok(200, "GET", "/v1/orders?limit=1", headers=self.bearer(ann))
        rest = self.ok(200, "GET", "/v1/orders?limit=1&cursor=" + page["next_cursor"], headers=self.bearer(ann))
        self.assertNotEqual(page["items"][0]["id"], rest["items"][0]["id"])
        self.refused(400, "invalid_cursor", "GET", "/v1/orders?limit=1&cursor=" + page["next_cursor"],
                     headers=self.bearer(bob))

    def test_what_a_guest_wanted_comes_along(self):
        one, two, three = (self.make_product(stock=9) for _ in range(3))
        guest = self.open_cart((one, 2), (two, 1))
        ann = self.register(cart=guest)
        self.assertEqual(ann["customer"]["cart_id"], guest["id"])
        self.assertEqual(self.items(guest["id"], ann), {one["id"]: 2, two["id"]: 1})
        guest = self.open_cart((one, 3), (three, 4), contact={"email": "guest.of.ann@example.com"})
        again = self.login(ann["email"], cart=guest)
        self.assertEqual(again["customer"]["cart_id"], ann["customer"]["cart_id"])
        self.assertEqual(self.items(ann["customer"]["cart_id"], ann), {one["id"]: 5, two["id"]: 1, three["id"]: 4})
        self.assertEqual(self.items(guest["id"], token=guest["token"]), {})
        self.login(ann["email"], cart=guest)
        self.assertEqual(self.items(ann["customer"]["cart_id"], ann), {one["id"]: 5, two["id"]: 1, three["id"]: 4})

    def test_a_cart_of_somebody_else_does_not_come_along(self):
        product = self.make_product(stock=9)
        bobs = self.open_cart((product, 2))
        bob = self.register(cart=bobs)
        ann = self.register(cart=bobs)
        self.assertIsNone(ann["customer"]["cart_id"])
        self.assertEqual(self.items(bobs["id"], bob), {product["id"]: 2})

    def test_what_passes_a_limit_stays_with_the_guest(self):
        product = self.make_product(stock=1000000)
        ann = self.register(cart=self.open_cart((product, 999990)))
        guest = self.open_cart((product, 30))
        self.login(ann["email"], cart=guest)
        self.assertEqual(self.items(ann["customer"]["cart_id"], ann), {product["id"]: 1000000})
        self.assertEqual(self.items(guest["id"], token=guest["token"]), {product["id"]: 20})

    def test_a_wrong_password_merges_nothing(self):
        product = self.make_product(stock=9)
        ann = self.register()
        guest = self.open_cart((product, 3))
        self.refused(401, "login_failed", "POST", "/v1/sessions", {"email": ann["email"], "password": "not this one"},
                     token=guest["token"])
        self.assertEqual(self.items(guest["id"], token=guest["token"]), {product["id"]: 3})
        self.assertIsNone(self.me(ann)["cart_id"])

    def test_members_with_an_account_pay_less(self):
        product = self.make_product(stock=9, price=10000)
        self.ok(200, "PUT", "/v1/pricing", {"rules": [{"strategy": "membership", "basis_points": 1500}]}, operator=True)
        ann = self.register(cart=self.open_cart((product, 1)))
        path = f"/v1/carts/{ann['customer']['cart_id']}"
        self.assertEqual(total(self.ok(200, "GET", path, headers=self.bearer(ann))), 10000)
        self.ok(200, "PATCH", "/v1/customers/" + ann["customer"]["id"], {"member": True}, operator=True)
        self.assertEqual(total(self.ok(200, "GET", path, headers=self.bearer(ann))), 8500)


class Leaving(AccountTest):
    def find(self, *needles):
        found = []
        for path in self.server.files():
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # it went meanwhile
                continue
            found += [(path.name, needle) for needle in needles if needle.encode() in data]
        return found

    def test_deleting_an_account_leaves_orders_and_no_trace(self):
        needles = ("leaver.unique@example.com", "Leaver Unique", "12 Unique Road", "old.leaver@example.com")
        product = self.make_product(stock=9)
        guest = self.open_cart((product, 1), contact={"email": needles[3]})
        ann = self.register(cart=guest, email=needles[3], name=needles[1],
                            addresses=[{"line1": needles[2], "country": "DE"}])
        self.ok(200, "PATCH", "/v1/customers/me", {"email": needles[0]}, headers=self.bearer(ann))
        order = self.ok(201, "POST", f"/v1/carts/{guest['id']}/checkout",
                        {"contact": {"email": needles[0]}, "shipping_address": {"line1": needles[2], "country": "DE"}},
                        headers=self.bearer(ann), key="k")
        self.ok(200, "GET", "/v1/orders?email=" + needles[0], operator=True)  # folds
        self.assertTrue(self.find(*needles))
        self.ok(204, "DELETE", "/v1/customers/me", headers=self.bearer(ann))
        self.assertEqual([name for name, _ in self.find(*needles) if "-order_placed-" not in name], [])
        until = time.monotonic() + 20  # messages in the outbox go when their follower comes to the event
        while self.find(*needles) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(self.find(*needles), [])
        self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(ann))
        self.refused(401, "login_failed", "POST", "/v1/sessions", {"email": needles[0], "password": PASSWORD})
        shown = self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)
        self.assertEqual((total(shown), shown["contact"], shown["shipping_address"]), (total(order), None, None))
        self.assertEqual(self.server.end(), 0)
        self.assertEqual(self.find(*needles), [])
        self.assertNotIn("unique", self.server.log_text().lower())
        self.server.audit()
        self.server.start()
        self.client.close()
        again = type(self.client)(self.server.port)
        self.addCleanup(again.close)
        self.client = again
        self.register(email=needles[0])
