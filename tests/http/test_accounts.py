"""Customers with an account: registering, logging in and out, what a token opens and what not."""
import base64
import hashlib
import re
import sqlite3
import struct
import time

from server import ADDRESS, ShopTest, eventually, total
from siphash import siphash

PASSWORD = "correct horse battery"


class AccountTest(ShopTest):
    """Cheap hashes: what they cost is not what is tested."""
    settings = {"SHOPD_PASSWORD_MEMORY_KIB": "64", "SHOPD_PASSWORD_PASSES": "1",
                "SHOPD_REGISTRATIONS_PER_HOUR": "0"}
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

    def test_a_hash_of_another_cost_is_made_anew_at_the_next_log_in(self):
        session = self.register()

        def costs():
            self.assertEqual(self.server.end(), 0)
            with sqlite3.connect(self.server.data + "/journal.db") as db:
                kept = db.execute("SELECT password FROM contacts WHERE email = ?", (session["email"],)).fetchone()[0]
            return kept.split("$")[3]

        before = costs()
        self.assertEqual(before, "m=64,t=1,p=1")
        self.server.settings = {**self.settings, "SHOPD_PASSWORD_PASSES": "2"}
        try:
            self.server.start()
            self.setUp()
            self.login(session["email"], "not " + PASSWORD, status=401)
            self.me(session)
            self.assertEqual(costs(), before)
            self.server.start()
            self.setUp()
            self.login(session["email"])
            self.assertEqual(costs(), "m=64,t=2,p=1")
        finally:
            self.server.settings = self.settings
            self.server.start()
            self.setUp()
        self.me(session)
        self.login(session["email"])

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


class Passwords(AccountTest):
    def secret(self):
        with sqlite3.connect(f"file:{self.server.data}/journal.db?mode=ro", uri=True) as journal:
            return journal.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()[0]

    def asked(self, email):
        """The answer to asking for a token, and the event that came of it: (customer, number), or None."""
        self.register()  # whatever was asked for before is recorded by now
        before = self.events()
        self.ok(202, "POST", "/v1/password-resets", {"email": email})
        self.register()
        return [event for event in self.events() if event not in before]

    def events(self):
        """EVENT_RESET_ASKED in the journal: (customer, number)."""
        found = []
        with sqlite3.connect(f"file:{self.server.data}/journal.db?mode=ro", uri=True) as journal:
            for (batch,) in journal.execute("SELECT events FROM batches ORDER BY first_event"):
                offset = 0
                while offset < len(batch):
                    length, kind = struct.unpack_from("<IH", batch, offset)
                    if kind == 17:
                        found.append((struct.unpack_from("<I", batch, offset + 32)[0],
                                      struct.unpack_from("<Q", batch, offset + 16)[0]))
                    offset += length
        return found

    def token(self, customer, event):
        """As the follower that mails it makes it; reset_token.h says how."""
        secret = self.secret()
        mac = hashlib.blake2b(b"reset" + struct.pack("<IQ", customer, event), digest_size=32, key=secret).digest()
        mask, = struct.unpack_from("<Q", siphash(secret, b"rmask" + mac))
        token = base64.urlsafe_b64encode(mac + struct.pack("<Q", customer ^ mask))
        return "rst_" + token.decode().rstrip("=")

    def test_changing_it_ends_every_login(self):
        session, other = self.register(), None
        other = self.login(session["email"])
        path, body = "/v1/customers/me/password", {"current_password": PASSWORD, "password": "staple and more"}
        self.refused(401, "login_failed", "PUT", path, {**body, "current_password": "wrong password"},
                     headers=self.bearer(session))
        answer = self.refused(400, "invalid_request", "PUT", path, {**body, "password": "short"},
                              headers=self.bearer(session))
        self.assertEqual(answer.fields, {("password", "too_short")})
        self.refused(401, "unauthorized", "PUT", path, body)
        fresh = self.ok(200, "PUT", path, body, headers=self.bearer(session))
        for ended in (session, other):
            self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(ended))
        self.assertEqual(self.me(fresh), fresh["customer"])
        self.refused(401, "login_failed", "POST", "/v1/sessions", {"email": session["email"], "password": PASSWORD})
        self.login(session["email"], "staple and more")

    def test_asking_for_a_token_tells_nothing(self):
        session = self.register()
        known = self.send("POST", "/v1/password-resets", {"email": session["email"]})
        unknown = self.send("POST", "/v1/password-resets", {"email": "nobody.at.all@example.com"})
        for answer in (known, unknown):
            del answer.headers["Request-Id"], answer.headers["Date"]
        self.assertEqual((known.status, known.raw, known.headers.items()),
                         (unknown.status, unknown.raw, unknown.headers.items()))
        self.assertEqual(self.asked("nobody.at.all@example.com"), [])
        self.assertEqual(len(self.asked(session["email"])), 1)
        self.me(session)  # asking ends nothing

    def test_a_token_is_of_no_use_unless_it_was_mailed(self):
        self.asked(self.register()["email"])
        for token in ("", "rst_", "rst_" + "A" * 54, "x" * 58):
            status_code = (400, "invalid_request") if not token else (400, "reset_token_invalid")
            self.refused(*status_code, "POST", "/v1/password-resets/confirm",
                         {"token": token, "password": "staple and more"})

    def test_no_token_stands_in_any_file(self):
        session = self.register()
        token = self.token(*self.asked(session["email"])[0])
        raw = base64.urlsafe_b64decode(token[4:] + "==")
        for path in self.server.files():
            if "outbox" not in path.parts:
                self.assertNotIn(raw[:32], path.read_bytes(), path)

    def test_whoever_has_the_token_sets_another_password_once(self):
        session = self.register()
        older = self.token(*self.asked(session["email"])[0])
        token = self.token(*self.asked(session["email"])[0])
        path = "/v1/password-resets/confirm"
        answer = self.refused(400, "invalid_request", "POST", path, {"token": token, "password": "short"})
        self.assertEqual(answer.fields, {("password", "too_short")})
        for wrong in (older, token[:-1] + ("A" if token[-1] != "A" else "B"), token + "A"):
            self.refused(400, "reset_token_invalid", "POST", path, {"token": wrong, "password": "staple and more"})
        fresh = self.ok(200, "POST", path, {"token": token, "password": "staple and more"})
        self.assertEqual(self.me(fresh), fresh["customer"])
        self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(session))
        self.refused(401, "login_failed", "POST", "/v1/sessions", {"email": session["email"], "password": PASSWORD})
        self.login(session["email"], "staple and more")
        self.refused(400, "reset_token_invalid", "POST", path, {"token": token, "password": "staple and more"})

    def test_a_customer_without_a_password_gets_one(self):
        self.ok(201, "POST", "/v1/customers", {"email": "imported@example.com"}, operator=True)
        token = self.token(*self.asked("imported@example.com")[0])
        self.ok(200, "POST", "/v1/password-resets/confirm", {"token": token, "password": "a first one"})
        self.login("imported@example.com", "a first one")


class Mailed(AccountTest):
    settings = {**AccountTest.settings, "SHOPD_RESET_URL": "https://shop.example/reset#{token}"}

    def mails(self):
        found = [path.read_text() for path in self.server.files()
                 if path.suffix == ".txt" and "password_reset" in path.name]
        return [mail for mail in found if mail]  # not one that is only just opened

    def test_the_token_is_mailed_and_sets_another_password(self):
        session = self.register(name="Zoe Mailed")
        self.ok(202, "POST", "/v1/password-resets", {"email": session["email"]})
        mail, = eventually(self.mails, lambda found: found)
        token = re.search(r"rst_[A-Za-z0-9_-]{54}", mail)[0]
        self.assertIn("Hello Zoe Mailed", mail)
        self.assertIn("https://shop.example/reset#" + token, mail)
        shown = self.send("GET", "/v1/notices", operator=True)
        self.assertNotIn(token.encode(), shown.raw)
        self.ok(200, "POST", "/v1/password-resets/confirm", {"token": token, "password": "staple and more"})
        self.login(session["email"], "staple and more")


class Guessing(AccountTest):
    settings = {**AccountTest.settings, "SHOPD_RATE_EXEMPT": "", "SHOPD_LOGIN_TRIES_PER_HOUR": "5",
                "SHOPD_TRUSTED_PROXIES": "127.0.0.1", "SHOPD_LOGIN_TRIES_PER_HOUR_ACCOUNT": "20",
                "SHOPD_LOGIN_TRIES_PER_HOUR_ADDRESS": "30", "SHOPD_REGISTRATIONS_PER_HOUR": "40",
                "SHOPD_RESETS_PER_HOUR": "3"}

    def attempt(self, email, password, address):
        return self.send("POST", "/v1/sessions", {"email": email, "password": password},
                         headers={"X-Forwarded-For": address})

    def test_guessing_is_slowed_down_and_the_owner_gets_in(self):
        email = self.register()["email"]
        self.assertEqual(self.attempt(email, PASSWORD, "192.0.2.1").status, 201)  # the owner, at home
        for _ in range(5):
            self.assertEqual(self.attempt(email, "wrong guess", "198.51.100.1").status, 401)
        slowed = self.attempt(email, PASSWORD, "198.51.100.1")  # also the right one: it tells nothing
        self.assertEqual((slowed.status, slowed.code), (429, "too_many_tries"))
        self.assertGreater(int(slowed.headers["Retry-After"]), 600)
        for host in range(2, 17):
            self.assertEqual(self.attempt(email, "wrong guess", f"198.51.100.{host}").status, 401)
        self.assertEqual(self.attempt(email, "wrong guess", "198.51.100.99").status, 429)
        self.assertEqual(self.attempt(email, PASSWORD, "192.0.2.1").status, 201)
        other = self.register()["email"]
        self.assertEqual(self.attempt(other, PASSWORD, "198.51.100.1").status, 201)

    def test_trying_one_password_on_many_accounts_is_slowed_down(self):
        answers = [self.attempt(f"nobody{n}@example.com", PASSWORD, "203.0.113.7").status for n in range(31)]
        self.assertEqual(answers, [401] * 30 + [429])

    def test_asking_whether_addresses_are_taken_is_slowed_down(self):
        email = self.register()["email"]
        codes = set()
        for _ in range(41):
            answer = self.send("POST", "/v1/customers/register", {"email": email, "password": PASSWORD},
                               headers={"X-Forwarded-For": "203.0.113.9"})
            codes.add(answer.code)
        self.assertEqual((codes, answer.status), ({"email_taken", "too_many_tries"}, 429))

    def test_nobody_is_flooded_with_mails(self):
        for email in (self.register()["email"], "nobody.here@example.com"):
            answers = [self.send("POST", "/v1/password-resets", {"email": email},
                                 headers={"X-Forwarded-For": f"203.0.113.{20 + n}"}).status for n in range(4)]
            self.assertEqual(answers, [202, 202, 202, 429])


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


class TakingAlong(AccountTest):
    def test_customers_take_along_all_that_is_kept_of_them(self):
        ann, bob = self.register(phone="+1 555 1234", addresses=[ADDRESS]), self.register()
        product = self.make_product(stock=9)
        orders = []
        for n in range(3):
            cart = self.ok(201, "POST", "/v1/carts", headers=self.bearer(ann))
            self.ok(200, "POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 1},
                    headers=self.bearer(ann))
            order = self.ok(201, "POST", f"/v1/carts/{cart['id']}/checkout",
                            {"contact": {"name": f"Ann {n}"}, "shipping_address": ADDRESS}, headers=self.bearer(ann), key="k")
            orders.insert(0, order["id"])
        path = "/v1/customers/me/export"
        first = self.ok(200, "GET", path + "?limit=2", headers=self.bearer(ann))
        rest = self.ok(200, "GET", f"{path}?limit=2&cursor={first['next_cursor']}", headers=self.bearer(ann))
        taken = first["orders"] + rest["orders"]
        self.assertEqual(([order["id"] for order in taken], rest["next_cursor"]), (orders, None))
        self.assertEqual([order["contact"]["name"] for order in taken], ["Ann 2", "Ann 1", "Ann 0"])
        self.assertEqual(taken[0]["shipping_address"], ADDRESS)
        self.assertEqual(first["customer"], self.me(ann))
        self.assertEqual(self.ok(200, "GET", path, headers=self.bearer(bob))["orders"], [])
        self.refused(400, "invalid_cursor", "GET", f"{path}?limit=2&cursor={first['next_cursor']}",
                     headers=self.bearer(bob))
        self.refused(401, "unauthorized", "GET", path)
        self.refused(403, "forbidden", "GET", path, operator=True)


class Leaving(AccountTest):
    def find(self, *needles):
        """Which of the needles stand in which file of the data folder."""
        found = []
        for path in self.server.files():
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # a message that just went
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
        self.assertEqual([name for name, _ in self.find(*needles) if not name.endswith(".txt")], [])
        self.assertEqual(eventually(lambda: self.find(*needles), lambda found: not found), [])  # messages go next
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
