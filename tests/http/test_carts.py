from server import ADDRESS, ShopTest, total


class Carts(ShopTest):
    def test_lines_are_added_merged_set_and_taken_out(self):
        lamp, pen = self.make_product(stock=9, price=500), self.make_product(stock=9, price=100)
        cart = self.open_cart((lamp, 1), (pen, 2), (lamp, 2))
        path = "/v1/carts/" + cart["id"]
        shown = self.ok(200, "GET", path, token=cart["token"])
        self.assertEqual([(line["product_id"], line["quantity"]) for line in shown["lines"]],
                         [(lamp["id"], 3), (pen["id"], 2)])
        self.assertEqual(total(shown), 1700)
        self.assertIsNotNone(shown["expires_at"])
        shown = self.ok(200, "PUT", f"{path}/items/{lamp['id']}", {"quantity": 5}, token=cart["token"])
        self.assertEqual(total(shown), 2700)
        shown = self.ok(200, "DELETE", f"{path}/items/{lamp['id']}", token=cart["token"])
        self.assertEqual([line["product_id"] for line in shown["lines"]], [pen["id"]])
        shown = self.ok(200, "PUT", f"{path}/items/{pen['id']}", {"quantity": 0}, token=cart["token"])
        self.assertEqual((shown["lines"], total(shown), shown["expires_at"]), ([], 0, None))
        self.refused(404, "cart_line_unknown", "DELETE", f"{path}/items/{pen['id']}", token=cart["token"])
        self.assertEqual(self.stock(lamp), (9, 0))

    def test_many_lines_are_added_at_once(self):
        products = [self.make_product(stock=5) for _ in range(3)]
        cart = self.open_cart()
        shown = self.ok(200, "POST", f"/v1/carts/{cart['id']}/items",
                        {"items": [{"product_id": p["id"], "quantity": n + 1} for n, p in enumerate(products)]},
                        token=cart["token"])
        self.assertEqual([line["quantity"] for line in shown["lines"]], [1, 2, 3])

    def test_a_cart_tells_at_once_what_is_not_there(self):
        product = self.make_product(stock=2)
        cart = self.open_cart((product, 2))
        answer = self.refused(409, "out_of_stock", "POST", f"/v1/carts/{cart['id']}/items",
                              {"product_id": product["id"], "quantity": 1}, token=cart["token"])
        error, = answer.json["errors"]
        self.assertEqual((error["wanted"], error["available"], error["product_id"]), (3, 2, product["id"]))
        self.assertEqual(self.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])["lines"][0]["quantity"], 2)

    def test_a_line_shows_when_it_cannot_be_bought_any_more(self):
        product = self.make_product(stock=2)
        cart = self.open_cart((product, 2))
        self.place((product, 1))
        line, = self.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])["lines"]
        self.assertEqual((line["available"], line["can_be_bought"]), (1, False))
        self.ok(200, "DELETE", "/v1/products/" + product["id"], operator=True)
        line, = self.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])["lines"]
        self.assertEqual((line["available"], line["can_be_bought"]), (0, False))
        other = self.open_cart()
        self.refused(409, "product_archived", "POST", f"/v1/carts/{other['id']}/items",
                     {"product_id": product["id"], "quantity": 1}, token=other["token"])

    def test_a_cart_opens_with_its_own_token_only(self):
        product = self.make_product(stock=2)
        mine, other = self.open_cart((product, 1)), self.open_cart()
        path = "/v1/carts/" + mine["id"]
        for method, route, body in (("GET", path, None), ("POST", path + "/items", {"product_id": product["id"], "quantity": 1}),
                                    ("PUT", f"{path}/items/{product['id']}", {"quantity": 1}),
                                    ("DELETE", f"{path}/items/{product['id']}", None), ("POST", path + "/quote", None),
                                    ("POST", path + "/checkout", {})):
            self.refused(404, "cart_unknown", method, route, body, token=other["token"], key="k")
            self.refused(401, "unauthorized", method, route, body)
            self.refused(401, "invalid_token", method, route, body, token="A" * 32)
        self.ok(200, "GET", path, operator=True)
        self.refused(404, "cart_unknown", "GET", "/v1/carts/crt_AAAAAAAAAAAAAAAAAAAAAA", operator=True)

    def test_faults_of_lines_are_named(self):
        cart = self.open_cart()
        path = f"/v1/carts/{cart['id']}/items"
        answer = self.refused(400, "invalid_request", "POST", path, {"quantity": 0}, token=cart["token"])
        self.assertEqual(answer.fields, {("product_id", "missing"), ("quantity", "out_of_range")})
        answer = self.refused(400, "invalid_request", "POST", path, {"items": [{"product_id": "x"}]},
                              token=cart["token"])
        self.assertEqual(answer.fields, {("items[0].product_id", "invalid_id"), ("items[0].quantity", "missing")})
        self.refused(400, "invalid_request", "POST", path, {"items": []}, token=cart["token"])
        self.refused(400, "invalid_request", "POST", path, '{"quantity":1', token=cart["token"])

    def test_a_quote_prices_for_an_address(self):
        product = self.make_product(stock=2, price=1000)
        cart = self.open_cart((product, 2))
        path = f"/v1/carts/{cart['id']}/quote"
        self.assertEqual(total(self.ok(200, "POST", path, {"shipping_address": ADDRESS}, token=cart["token"])), 2000)
        self.assertEqual(total(self.ok(200, "POST", path, token=cart["token"])), 2000)
        answer = self.refused(400, "invalid_request", "POST", path, {"shipping_address": {"country": "usa"}},
                              token=cart["token"])
        self.assertEqual(answer.fields, {("shipping_address.country", "too_long")})

    def test_a_cart_may_have_a_contact_or_a_customer(self):
        self.open_cart(contact={"email": "bob@example.com"})
        answer = self.refused(400, "invalid_request", "POST", "/v1/carts", {"contact": {"email": "bob", "phone": "x"}})
        self.assertEqual(answer.fields, {("contact.email", "invalid_email"), ("contact.phone", "invalid_phone")})
        customer = self.ok(201, "POST", "/v1/customers", {"email": "m@example.com"}, operator=True)
        cart = self.open_cart(customer_id=customer["id"])
        self.assertEqual(cart["customer_id"], customer["id"])
        self.refused(403, "forbidden", "POST", "/v1/carts", {"customer_id": customer["id"]})
