"""Every request that changes something may be sent again with its key: it is done once, and answered alike."""
import signal
import threading

import contract
import server
from server import ShopTest

# Answers with a token are kept by nobody; lines of a bulk, resending and moving a follower say what shall be.
WITHOUT = ("/v1/sessions", "/v1/customers/register", "/v1/customers/me/password", "/v1/password-resets", "/v1/keys",
           "/v1/notices", "/v1/notify", "/v1/webhooks", "/v1/followers", "/v1/payments", "/v1/shipments", "/v1/bulk")
LONG = "a-key-that-nobody-guesses-"


class Keys(ShopTest):
    counter = 0

    def key(self):
        Keys.counter += 1
        return f"{LONG}{Keys.counter}"

    def assert_done_once(self, method, path, body, **who):
        """Sends it twice, and gives the first answer."""
        key = self.key()
        first = self.send(method, path, body, key=key, **who)
        self.assertLess(first.status, 300, first.raw)
        for _ in range(2):
            again = self.send(method, path, body, key=key, **who)
            self.assertEqual((again.status, again.raw), (first.status, first.raw))
            for name in ("ETag", "Location", "Content-Type", "Cache-Control", "Content-Length"):
                self.assertEqual(again.headers[name], first.headers[name], name)
            self.assertNotEqual(again.headers["Request-Id"], first.headers["Request-Id"])
        if body:
            self.refused(422, "idempotency_key_reused", method, path, body | self.other(body), key=key, **who)
        return first

    @staticmethod
    def other(body):
        """Another body that is as right as the first."""
        name = next((name for name in ("quantity", "name", "reason", "carrier", "priority", "member", "email", "rules")
                     if name in body), None)
        value = body.get(name)
        return {name: value + 1 if isinstance(value, int) and not isinstance(value, bool) else not value
                if isinstance(value, bool) else [] if isinstance(value, list) else str(value) + "x"}

    def test_what_would_be_done_twice_is_done_once(self):
        product = self.make_product(stock=100)
        cart = self.open_cart()
        item = {"product_id": product["id"], "quantity": 3}
        self.assert_done_once("POST", f"/v1/carts/{cart['id']}/items", item, token=cart["token"])
        shown = self.ok(200, "GET", f"/v1/carts/{cart['id']}", token=cart["token"])
        self.assertEqual(shown["lines"][0]["quantity"], 3)
        movement = {"product_id": product["id"], "quantity": 5, "reason": "received"}
        key = self.key()
        first = self.send("POST", "/v1/stock/movements", movement, key=key, operator=True)
        self.assertEqual(self.send("POST", "/v1/stock/movements", movement, key=key, operator=True).raw, first.raw)
        self.refused(422, "idempotency_key_reused", "POST", "/v1/stock/movements", movement | {"quantity": 6}, key=key,
                     operator=True)
        self.assertEqual(self.stock(product)[0], 105)

    def test_every_route_that_changes_something_takes_a_key(self):
        product = self.make_product(stock=100)
        operator = {"operator": True}
        made = self.assert_done_once("POST", "/v1/products", {"sku": "once", "name": "Once", "category": "HOME",
                                                              "price": {"amount": 1, "currency": "USD"}}, **operator)
        path = f"/v1/products/{made.json['id']}"
        self.assertEqual(made.headers["Location"], path)
        self.assert_done_once("PATCH", path, {"name": "Twice"}, **operator)
        self.assert_done_once("DELETE", path, None, **operator)
        category = self.assert_done_once("POST", "/v1/categories", {"name": "Once"}, **operator).json
        self.assert_done_once("PATCH", f"/v1/categories/{category['id']}", {"name": "Other"}, **operator)
        self.assert_done_once("POST", "/v1/locations", {"name": "once", "priority": 4}, **operator)
        self.assert_done_once("PUT", "/v1/pricing", {"rules": [{"strategy": "regular"}]}, **operator)
        customer = self.assert_done_once("POST", "/v1/customers", {"email": "once@example.com"}, **operator).json
        self.assert_done_once("PATCH", f"/v1/customers/{customer['id']}", {"member": True}, **operator)
        made = self.assert_done_once("POST", "/v1/carts", {}).json
        cart = {"token": made["token"]}
        line = f"/v1/carts/{made['id']}/items/{product['id']}"
        self.assert_done_once("PUT", line, {"quantity": 2}, **cart)
        self.assert_done_once("DELETE", line, None, **cart)
        first, _ = self.place((product, 4))
        other, _ = self.place((product, 2))
        part = {"lines": [{"line_id": first["lines"][0]["id"], "quantity": 1}], "reason": "less"}
        self.assert_done_once("POST", f"/v1/orders/{first['id']}/cancel", part, **operator)
        shown = self.ok(200, "GET", f"/v1/orders/{first['id']}", operator=True)
        self.assertEqual(shown["lines"][0]["quantity"], 3)
        self.assert_done_once("POST", f"/v1/orders/{first['id']}/confirm", {}, **operator)
        parcel = {"carrier": "UPS", "lines": [{"line_id": first["lines"][0]["id"], "quantity": 1}]}
        self.assert_done_once("POST", f"/v1/orders/{first['id']}/ship", parcel, **operator)
        self.assertEqual(len(self.ok(200, "GET", f"/v1/orders/{first['id']}", operator=True)["shipments"]), 1)
        self.assert_done_once("POST", f"/v1/orders/{first['id']}/ship", {}, **operator)
        self.assert_done_once("POST", f"/v1/orders/{first['id']}/deliver", {}, **operator)
        self.assert_done_once("DELETE", f"/v1/orders/{other['id']}/contact", None, **operator)
        self.assert_done_once("DELETE", f"/v1/customers/{customer['id']}", None, **operator)

    def test_the_document_says_where_a_key_is_taken(self):
        for path, item in contract.DOCUMENT["paths"].items():
            for method, route in item.items():
                if method in ("post", "put", "patch", "delete"):
                    names = {contract.resolve(parameter)["name"] for parameter in route.get("parameters", [])}
                    self.assertEqual("Idempotency-Key" in names, not path.startswith(WITHOUT) and not path.endswith("/quote"),
                                     (method, path, "a route takes a key; one whose answer holds a secret is named in WITHOUT, and "
                                      "its handler sets call->takes_no_key"))

    def test_the_first_answer_stays_whatever_became_of_the_thing(self):
        product = self.make_product(stock=100)
        cart = self.open_cart()
        path = f"/v1/carts/{cart['id']}/items/{product['id']}"
        key = self.key()
        first = self.send("PUT", path, {"quantity": 2}, token=cart["token"], key=key)
        self.ok(200, "PUT", path, {"quantity": 9}, token=cart["token"])
        again = self.send("PUT", path, {"quantity": 2}, token=cart["token"], key=key)
        self.assertEqual(again.raw, first.raw)
        self.assertEqual(self.ok(200, "GET", f"/v1/carts/{cart['id']}", token=cart["token"])["lines"][0]["quantity"], 9)

    def test_what_changes_nothing_is_remembered_too(self):
        product = self.make_product(stock=100)
        cart = self.open_cart((product, 2))
        path = f"/v1/carts/{cart['id']}/items/{product['id']}"
        key = self.key()
        first = self.send("PUT", path, {"quantity": 2}, token=cart["token"], key=key)
        self.ok(200, "PUT", path, {"quantity": 5}, token=cart["token"])
        self.assertEqual(self.send("PUT", path, {"quantity": 2}, token=cart["token"], key=key).raw, first.raw)
        self.assertEqual(self.ok(200, "GET", f"/v1/carts/{cart['id']}", token=cart["token"])["lines"][0]["quantity"], 5)

    def test_a_refusal_leaves_no_key_behind(self):
        product = self.make_product(stock=1)
        cart = self.open_cart()
        path, body, key = f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 5}, self.key()
        self.refused(409, "out_of_stock", "POST", path, body, token=cart["token"], key=key)
        self.move({"product_id": product["id"], "quantity": 9, "reason": "received"})
        self.ok(200, "POST", path, body, token=cart["token"], key=key)

    def test_a_key_is_of_its_sender_and_address(self):
        product = self.make_product(stock=100)
        key = self.key()
        carts = [self.open_cart() for _ in range(2)]
        bodies = {self.send("POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 1},
                            token=cart["token"], key=key).raw for cart in carts}
        self.assertEqual(len(bodies), 2)
        path = f"/v1/carts/{carts[0]['id']}/items"
        answer = self.send("POST", path, {"product_id": product["id"], "quantity": 1}, operator=True, key=key)
        self.assertEqual(answer.json["lines"][0]["quantity"], 2)

    def test_a_key_must_be_one(self):
        cart = self.open_cart()
        path = f"/v1/carts/{cart['id']}/items"
        body = {"product_id": self.make_product(stock=9)["id"], "quantity": 1}
        for key in ("a b", "x" * 201, "\u00e9"):
            self.refused(400, "idempotency_key_invalid", "POST", path, body, token=cart["token"], headers={"Idempotency-Key": key})
        self.ok(200, "POST", path, body, token=cart["token"], key="k")
        # Who is nobody we know has only the key to be told from others by: his cart's token is in the answer.
        self.refused(400, "idempotency_key_invalid", "POST", "/v1/carts", {}, key="short")
        self.ok(201, "POST", "/v1/carts", {}, key="x" * 16)

    def test_many_at_once_are_done_once(self):
        product = self.make_product()
        movement, key, answers = {"product_id": product["id"], "quantity": 7, "reason": "received"}, self.key(), []

        def send():
            client = server.Client(self.server.port)
            answers.append(client.send("POST", "/v1/stock/movements", movement, operator=True, key=key))
            client.close()

        threads = [threading.Thread(target=send) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({(answer.status, answer.raw) for answer in answers}, {(201, answers[0].raw)})
        self.assertEqual(self.stock(product)[0], 7)

    def test_a_key_outlives_a_kill(self):
        product = self.make_product()
        movement, key = {"product_id": product["id"], "quantity": 7, "reason": "received"}, self.key()
        first = self.send("POST", "/v1/stock/movements", movement, operator=True, key=key)
        cart = self.send("POST", "/v1/carts", {}, key=key)
        self.server.end(signal.SIGKILL)
        self.server.start()
        self.setUp()
        self.assertEqual(self.send("POST", "/v1/stock/movements", movement, operator=True, key=key).raw, first.raw)
        self.assertEqual(self.send("POST", "/v1/carts", {}, key=key).raw, cart.raw)
        self.refused(422, "idempotency_key_reused", "POST", "/v1/stock/movements", dict(movement, quantity=8), operator=True,
                     key=key)
        self.assertEqual(self.stock(product)[0], 7)

    def test_an_answer_that_named_a_person_goes_with_the_person(self):
        mail = "answers.forget@example.com"
        key = self.key()
        made = self.send("POST", "/v1/customers", {"email": mail}, operator=True, key=key)
        path = "/v1/customers/" + made.json["id"]
        other = self.key()
        self.send("PATCH", path, {"name": "Forgotten Soul"}, operator=True, key=other)
        self.assertEqual(self.send("DELETE", path, operator=True).status, 204)
        found = [(file.name, needle) for file in self.server.files() for needle in (mail, "Forgotten Soul")
                 if needle.encode() in file.read_bytes()]
        self.assertEqual(found, [])
        self.refused(410, "answer_erased", "POST", "/v1/customers", {"email": mail}, operator=True, key=key)
        self.refused(410, "answer_erased", "PATCH", path, {"name": "Forgotten Soul"}, operator=True, key=other)


class KeysWithoutMemory(ShopTest):
    settings = {"SHOPD_ANSWERS_MAX": "1000"}

    def test_the_oldest_answers_go_first(self):
        product = self.make_product()
        movement = {"product_id": product["id"], "quantity": 1, "reason": "received"}
        for number in range(1101):
            self.send("POST", "/v1/stock/movements", movement, operator=True, key=f"many-{number}")
        self.send("POST", "/v1/stock/movements", movement, operator=True, key="many-1100")
        self.assertEqual(self.stock(product)[0], 1101)
        self.send("POST", "/v1/stock/movements", movement, operator=True, key="many-0")
        self.assertEqual(self.stock(product)[0], 1102)
