"""Nobody's change is lost, and nothing is sent twice that the reader has."""
import contract
from server import ShopTest


class Changes(ShopTest):
    def tag(self, path, **who):
        return self.send("GET", path, **who).headers["ETag"]

    def assert_only_the_first_wins(self, path, changes, **who):
        """Both have read the same; the second change would undo the first unseen."""
        tag = self.tag(path, **who)
        (method, target, body), second = changes
        first = self.send(method, target, body, headers={"If-Match": tag}, **who)
        self.assertEqual(first.status, 200, first.raw)
        refused = self.refused(412, "version_changed", *second, headers={"If-Match": tag}, **who)
        self.assertEqual(refused.json["errors"][0]["field"], "If-Match")
        self.assertEqual(self.send(*second, headers={"If-Match": first.headers["ETag"]}, **who).status, 200)

    def test_of_two_changes_of_a_product_the_second_is_refused(self):
        path = "/v1/products/" + self.make_product()["id"]
        self.assert_only_the_first_wins(path, [("PATCH", path, {"name": "A"}), ("PATCH", path, {"name": "B"})], operator=True)

    def test_a_sale_between_reading_and_changing_a_product_is_no_conflict(self):
        product = self.make_product(stock=3)
        path = "/v1/products/" + product["id"]
        tag = self.tag(path)
        self.place((product, 1))
        self.assertNotEqual(self.tag(path), tag)
        self.ok(200, "PATCH", path, {"name": "A"}, operator=True, headers={"If-Match": tag})

    def test_of_two_changes_of_a_cart_the_second_is_refused(self):
        product, other = self.make_product(stock=9), self.make_product(stock=9)
        cart = self.open_cart((product, 1))
        path = f"/v1/carts/{cart['id']}"
        line = f"{path}/items/{product['id']}"
        self.assert_only_the_first_wins(path, [("PUT", line, {"quantity": 2}), ("PUT", line, {"quantity": 3})], token=cart["token"])
        more = {"product_id": other["id"], "quantity": 1}
        self.assert_only_the_first_wins(path, [("POST", path + "/items", more), ("POST", path + "/items", more)],
                                        token=cart["token"])
        self.assert_only_the_first_wins(path, [("PUT", line, {"quantity": 1}), ("DELETE", line, None)], token=cart["token"])

    def test_a_new_cart_has_a_version_too(self):
        product = self.make_product(stock=9)
        made = self.send("POST", "/v1/carts")
        path, item = f"/v1/carts/{made.json['id']}/items", {"product_id": product["id"], "quantity": 1}
        self.ok(200, "POST", path, item, token=made.json["token"], headers={"If-Match": made.headers["ETag"]})
        self.refused(412, "version_changed", "POST", path, item, token=made.json["token"],
                     headers={"If-Match": made.headers["ETag"]})

    def test_what_was_not_seen_is_not_bought(self):
        product = self.make_product(stock=9)
        cart = self.open_cart((product, 1))
        path = f"/v1/carts/{cart['id']}"
        seen = self.tag(path, token=cart["token"])
        self.ok(200, "PUT", f"{path}/items/{product['id']}", {"quantity": 5}, token=cart["token"])
        self.refused(412, "version_changed", "POST", path + "/checkout", {}, token=cart["token"], key="k",
                     headers={"If-Match": seen})
        seen = self.tag(path, token=cart["token"])
        order = self.send("POST", path + "/checkout", {}, token=cart["token"], key="k", headers={"If-Match": seen})
        self.assertEqual(order.status, 201)
        # The cart has changed by being bought; a repetition is answered all the same.
        again = self.send("POST", path + "/checkout", {}, token=cart["token"], key="k", headers={"If-Match": seen})
        self.assertEqual((again.status, again.raw), (201, order.raw))

    def test_of_two_changes_of_a_customer_the_second_is_refused(self):
        path = "/v1/customers/" + self.ok(201, "POST", "/v1/customers", {"email": "a@example.com"}, operator=True)["id"]
        self.assert_only_the_first_wins(path, [("PATCH", path, {"name": "A"}), ("PATCH", path, {"member": True})], operator=True)
        tag = self.tag(path, operator=True)
        self.ok(200, "PATCH", path, {"name": "B"}, operator=True)
        self.refused(412, "version_changed", "DELETE", path, operator=True, headers={"If-Match": tag})

    def test_several_tags_a_star_and_what_is_no_tag(self):
        product = self.make_product()
        path = "/v1/products/" + product["id"]
        for value, status in (('"7-a", "1-b"', 200), ("*", 200), ('"2"', 412), ("", 400), ("3", 400), ('"3" x', 400), ('"x"', 412),
                              ('"', 400), ('W/"3-a"', 200), ('"4"', 200), ('"99999999999999999999"', 412),
                              (", ".join(['"9"'] * 9), 400)):
            answer = self.send("PATCH", path, {"description": f"{value} {status}"}, operator=True, headers={"If-Match": value})
            self.assertEqual(answer.status, status, (value, answer.raw))
        for forged in ('"AAAAAAAAAAAAAAAAAAAAAA-AAAAAAAAAAA"', '"1-x"'):
            cart = self.open_cart()
            self.refused(412, "version_changed", "POST", f"/v1/carts/{cart['id']}/items",
                         {"product_id": product["id"], "quantity": 1}, token=cart["token"], headers={"If-Match": forged})


def with_header(who, known):
    return {**who, "headers": {**who.get("headers", {}), "If-None-Match": known}}


class Reads(ShopTest):
    def test_every_read_says_304_to_who_has_it(self):
        product = self.make_product(stock=3)
        order, cart = self.place((product, 1))
        customer = self.ok(201, "POST", "/v1/customers", {"email": "a@example.com"}, operator=True)
        session = self.ok(201, "POST", "/v1/customers/register", {"email": "me@example.com", "password": "12345678"})
        token = {"Authorization": "Bearer " + session["token"]}
        bought = self.checkout(self.open_cart((product, 1), customer_id=session["customer"]["id"])).json
        for step in ("confirm", "ship", "deliver"):
            self.operate(bought, step)
        review = self.ok(201, "POST", f"/v1/products/{product['id']}/reviews", {"stars": 4, "text": "Good"}, headers=token)
        ids = {"products": product["id"], "carts": cart["id"], "orders": order["id"], "customers": customer["id"],
               "reviews": review["id"]}
        read = 0
        for path, item in contract.DOCUMENT["paths"].items():
            if "304" not in item.get("get", {}).get("responses", {}):
                continue
            address = path.replace("{id}", ids.get(path.split("/")[2], "") if "{id}" in path else "")
            address += f"?product_id={product['id']}" if path == "/v1/stock" else ""
            address += "?q=thing" if path == "/v1/suggest" else ""
            who = {"operator": True} if path.startswith("/v1") else {}
            if item["get"]["security"] == [{"customer": []}]:
                who = {"headers": token}
            answer = self.send("GET", address, **who)
            if path == "/docs/viewer.js" and answer.status == 404:
                continue  # not built in
            self.assertEqual(answer.status, 200, (address, answer.raw))
            for known in (answer.headers["ETag"], "W/" + answer.headers["ETag"], f'"a", {answer.headers["ETag"]}', "*"):
                for method in ("GET", "HEAD"):
                    again = self.send(method, address, **with_header(who, known))
                    self.assertEqual((again.status, again.raw, again.headers["ETag"]), (304, b"", answer.headers["ETag"]), address)
            for unknown in ('"a"', "nonsense", '"' + "x" * 300 + '"', answer.headers["ETag"][1:]):
                self.assertEqual(self.send("GET", address, **with_header(who, unknown)).raw, answer.raw)
            read += 1
        self.assertGreaterEqual(read, 12)

    def test_what_changes_has_another_tag(self):
        product = self.make_product(stock=3)
        path = "/v1/products/" + product["id"]
        before = self.send("GET", path)
        self.place((product, 1))
        after = self.send("GET", path, headers={"If-None-Match": before.headers["ETag"]})
        self.assertEqual((after.status, after.json["available"]), (200, 2))

    def test_a_write_is_done_whatever_the_reader_has(self):
        cart = self.open_cart()
        path = f"/v1/carts/{cart['id']}/items"
        body = {"product_id": self.make_product(stock=3)["id"], "quantity": 1}
        self.ok(200, "POST", path, body, token=cart["token"], headers={"If-None-Match": "*"})

    def test_health_and_numbers_have_no_tag(self):
        for path in ("/healthz", "/readyz", "/metrics"):
            self.assertNotIn("ETag", self.send("GET", path).headers)
