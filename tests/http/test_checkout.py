import concurrent.futures

from server import ADDRESS, ALICE, Client, ShopTest, eventually, total


class Checkout(ShopTest):
    def test_a_cart_becomes_an_order(self):
        laptop, book = self.make_product(stock=5, price=99999), self.make_product(stock=20, price=4999)
        cart = self.open_cart((laptop, 1), (book, 2))
        answer = self.checkout(cart, expected_total={"amount": 109997, "currency": "USD"}, metadata={"po": "7"})
        self.assertEqual(answer.status, 201, answer.raw)
        order = answer.json
        self.assertEqual(order["status"], "pending")
        self.assertEqual(total(order), 109997)
        self.assertEqual(sum(t["amount"] for t in order["totals"] if t["type"] != "total"), total(order))
        self.assertEqual([(line["quantity"], line["status"]) for line in order["lines"]],
                         [(1, "reserved"), (2, "reserved")])
        self.assertEqual(order["history"][0]["by"], "guest")
        self.assertNotIn("contact", order)
        self.assertEqual(self.stock(laptop), (5, 1))
        self.assertEqual(self.stock(book), (20, 2))
        self.assertEqual(self.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])["lines"], [])

    def test_the_same_key_gives_the_same_bytes(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 1))
        first = self.checkout(cart)
        again = self.checkout(cart)
        self.assertEqual((again.status, again.raw), (201, first.raw))
        self.assertNotEqual(again.headers["Request-Id"], first.headers["Request-Id"])
        self.operate(first.json, "confirm")
        self.assertEqual(self.checkout(cart).raw, first.raw)
        self.assertEqual(self.stock(product), (5, 1))

    def test_the_same_key_with_another_body_is_refused(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 1))
        self.checkout(cart)
        answer = self.checkout(cart, metadata={"other": True})
        self.assertEqual((answer.status, answer.code), (422, "idempotency_key_reused"))

    def test_keys_belong_to_their_cart(self):
        product = self.make_product(stock=5)
        orders = {self.place((product, 1))[0]["id"] for _ in range(3)}
        self.assertEqual(len(orders), 3)

    def test_a_key_is_required(self):
        cart = self.open_cart()
        path = f"/v1/carts/{cart['id']}/checkout"
        self.refused(400, "idempotency_key_required", "POST", path, {}, token=cart["token"])
        for key in ("a b", "x" * 201):
            code = "idempotency_key_invalid" if key else "idempotency_key_required"
            self.refused(400, code, "POST", path, {}, token=cart["token"], key=key)

    def test_an_empty_cart_buys_nothing(self):
        answer = self.checkout(self.open_cart())
        self.assertEqual((answer.status, answer.code), (409, "cart_empty"))

    def test_every_short_line_is_named_and_nothing_is_reserved(self):
        scarce, gone, plenty = (self.make_product(stock=n) for n in (2, 1, 9))
        cart = self.open_cart((scarce, 2), (plenty, 3), (gone, 1))
        self.place((scarce, 1), (gone, 1))
        answer = self.checkout(cart)
        self.assertEqual((answer.status, answer.code), (409, "out_of_stock"))
        self.assertEqual([(e["field"], e["product_id"], e["wanted"], e["available"], e["name"])
                          for e in answer.json["errors"]],
                         [("lines[0]", scarce["id"], 2, 1, scarce["name"]), ("lines[2]", gone["id"], 1, 0, gone["name"])])
        self.assertEqual(self.stock(plenty), (9, 0))
        self.assertEqual(self.stock(scarce), (2, 1))
        self.assertEqual(len(self.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])["lines"]), 3)

    def test_a_refusal_leaves_no_key(self):
        product = self.make_product(stock=1)
        cart = self.open_cart((product, 1))
        order, _ = self.place((product, 1))
        self.assertEqual(self.checkout(cart).status, 409)
        self.operate(order, "cancel")
        self.assertEqual(self.checkout(cart).status, 201)

    def test_a_changed_total_is_told(self):
        product = self.make_product(stock=5, price=1000)
        cart = self.open_cart((product, 2))
        self.ok(200, "PATCH", "/v1/products/" + product["id"], {"price": {"amount": 1100, "currency": "USD"}},
                operator=True)
        answer = self.checkout(cart, expected_total={"amount": 2000, "currency": "USD"})
        self.assertEqual((answer.status, answer.code), (409, "price_changed"))
        self.assertIn("2200", answer.json["detail"])
        answer = self.checkout(cart, expected_total={"amount": 2200, "currency": "EUR"})
        self.assertEqual((answer.status, answer.code), (400, "currency_mismatch"))
        self.assertEqual(self.stock(product), (5, 0))
        self.assertEqual(self.checkout(cart, expected_total={"amount": 2200, "currency": "USD"}).status, 201)

    def test_an_archived_product_is_not_sold(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 1))
        self.ok(200, "DELETE", "/v1/products/" + product["id"], operator=True)
        answer = self.checkout(cart)
        self.assertEqual((answer.status, answer.code), (409, "product_archived"))

    def test_faults_are_named(self):
        cart = self.open_cart()
        answer = self.checkout(cart, contact={"email": "no", "fax": "1"}, billing_address={"city": 1},
                               expected_total={"amount": "1", "currency": "usd"}, metadata=[], odd=1)
        self.assertEqual((answer.status, answer.code), (400, "invalid_request"))
        self.assertEqual(answer.fields, {
            ("contact.email", "invalid_email"), ("contact.fax", "unknown_field"),
            ("billing_address.city", "wrong_type"), ("billing_address.country", "missing"),
            ("expected_total.amount", "wrong_type"), ("expected_total.currency", "invalid_currency"),
            ("metadata", "wrong_type"), ("odd", "unknown_field")})

    def test_a_cart_can_be_used_again(self):
        product = self.make_product(stock=5)
        order, cart = self.place((product, 1))
        self.ok(200, "POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 2},
                token=cart["token"])
        second = self.checkout(cart, key="key-2")
        self.assertEqual(second.status, 201)
        self.assertNotEqual(second.json["id"], order["id"])
        self.assertEqual(self.stock(product), (5, 3))


class Races(ShopTest):
    @staticmethod
    def insist(client, *arguments, **options):
        """As clients do that are told to try again: a busy machine refuses for a while."""
        return eventually(lambda: client.send(*arguments, **options), lambda answer: answer.status != 503)

    def buy(self, product, number):
        client = Client(self.server.port)
        try:
            cart = client.send("POST", "/v1/carts").json
            path = f"/v1/carts/{cart['id']}"
            added = self.insist(client, "POST", path + "/items", {"product_id": product["id"], "quantity": 1},
                                token=cart["token"])
            if added.status != 200:
                return added
            return self.insist(client, "POST", path + "/checkout", {"contact": ALICE, "shipping_address": ADDRESS},
                               token=cart["token"], key=f"buyer-{number}")
        finally:
            client.close()

    def test_200_buyers_of_50_pieces_get_exactly_50(self):
        product = self.make_product(stock=50)
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            answers = list(pool.map(lambda number: self.buy(product, number), range(200)))
        sold = [answer for answer in answers if answer.status == 201]
        short = [answer for answer in answers if answer.status == 409 and answer.code == "out_of_stock"]
        self.assertEqual((len(sold), len(short)), (50, 150))
        self.assertEqual(len({answer.json["id"] for answer in sold}), 50)
        self.assertEqual(self.stock(product), (50, 50))
        for answer in short:
            self.assertEqual(answer.json["errors"][0]["product_id"], product["id"])

    def test_20_equal_keys_at_once_give_one_order_and_20_equal_answers(self):
        product = self.make_product(stock=50)
        cart = self.open_cart((product, 3))

        def repeat(_):
            client = Client(self.server.port)
            try:
                return self.insist(client, "POST", f"/v1/carts/{cart['id']}/checkout", {"contact": ALICE},
                                   token=cart["token"], key="one-key")
            finally:
                client.close()

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(repeat, range(20)))
        self.assertEqual({answer.status for answer in answers}, {201})
        self.assertEqual(len({answer.raw for answer in answers}), 1)
        self.assertEqual(self.stock(product), (50, 3))
