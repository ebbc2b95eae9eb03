import concurrent.futures

from server import ADDRESS, ALICE, Client, ShopTest, total


class Orders(ShopTest):
    def show(self, order, **who):
        return self.ok(200, "GET", "/v1/orders/" + order["id"], **(who or {"operator": True}))

    def test_an_order_goes_through_its_life(self):
        product = self.make_product(stock=5)
        order, cart = self.place((product, 2), metadata={"po": "9"}, billing_address=ADDRESS)
        shown = self.show(order, token=cart["token"])
        self.assertEqual(shown["contact"], ALICE)
        self.assertEqual(shown["shipping_address"], ADDRESS)
        self.assertEqual(shown["billing_address"], ADDRESS)
        self.assertEqual(shown["metadata"], {"po": "9"})
        confirmed = self.operate(order, "confirm")
        self.assertEqual((confirmed["status"], confirmed["payment_expires_at"]), ("confirmed", None))
        self.assertEqual(confirmed["lines"][0]["status"], "purchased")
        shipped = self.operate(order, "ship", {"carrier": "UPS", "tracking_number": "1Z"})
        self.assertEqual(shipped["status"], "shipped")
        parcel, = shipped["shipments"]
        self.assertEqual((parcel["carrier"], parcel["tracking_number"], parcel["delivered_at"]), ("UPS", "1Z", None))
        self.assertEqual(parcel["lines"], [{"line_id": order["lines"][0]["id"], "quantity": 2}])
        self.assertEqual(self.stock(product), (3, 0))
        delivered = self.operate(order, "deliver", {"shipment_id": parcel["id"]})
        self.assertEqual(delivered["status"], "delivered")
        self.assertEqual([(step["status"], step["by"]) for step in delivered["history"]],
                         [("pending", "guest"), ("confirmed", "operator"), ("shipped", "operator"),
                          ("delivered", "operator")])

    def test_wrong_moves_are_refused(self):
        product = self.make_product(stock=5)
        order, _ = self.place((product, 1))
        path = "/v1/orders/" + order["id"]
        answer = self.refused(409, "invalid_transition", "POST", path + "/deliver", operator=True)
        self.assertEqual(answer.json["detail"], "the order is pending")
        self.refused(409, "invalid_transition", "POST", path + "/ship", operator=True)
        self.operate(order, "confirm")
        self.refused(409, "invalid_transition", "POST", path + "/confirm", operator=True)
        self.operate(order, "ship")
        self.refused(409, "invalid_transition", "POST", path + "/cancel", operator=True)

    def test_cancelling_returns_stock_once(self):
        product = self.make_product(stock=5)
        order, cart = self.place((product, 3))
        gone = self.ok(200, "POST", f"/v1/orders/{order['id']}/cancel", {"reason": "changed my mind"},
                       token=cart["token"])
        self.assertEqual((gone["status"], total(gone), gone["lines"][0]["status"]), ("cancelled", 0, "removed"))
        self.assertEqual(gone["history"][-1]["reason"], "changed my mind")
        self.assertEqual(self.stock(product), (5, 0))
        self.refused(409, "invalid_transition", "POST", f"/v1/orders/{order['id']}/cancel", token=cart["token"])
        self.assertEqual(self.stock(product), (5, 0))

    def test_a_part_is_cancelled_pro_rata(self):
        lamp, pen = self.make_product(stock=5, price=500), self.make_product(stock=5, price=100)
        order, _ = self.place((lamp, 4), (pen, 1))
        line = order["lines"][0]["id"]
        left = self.operate(order, "cancel", {"lines": [{"line_id": line, "quantity": 3}]})
        self.assertEqual((left["status"], total(left)), ("pending", 600))
        self.assertEqual((left["lines"][0]["quantity"], left["lines"][0]["quantity_ordered"]), (1, 4))
        self.assertEqual(self.stock(lamp), (5, 1))
        path = f"/v1/orders/{order['id']}/cancel"
        self.refused(409, "order_quantity", "POST", path, {"lines": [{"line_id": line, "quantity": 2}]}, operator=True)
        other, _ = self.place((pen, 1))
        answer = self.refused(400, "invalid_request", "POST", path,
                              {"lines": [{"line_id": other["lines"][0]["id"]}, {"quantity": 0}]}, operator=True)
        self.assertEqual(answer.fields, {("lines[0].line_id", "order_line_unknown"), ("lines[1].line_id", "missing"),
                                         ("lines[1].quantity", "out_of_range")})
        done = self.operate(order, "cancel", {"lines": [{"line_id": line}]})
        self.assertEqual((done["status"], total(done)), ("pending", 100))

    def test_an_order_goes_out_in_several_parcels(self):
        product = self.make_product(stock=5)
        order, _ = self.place((product, 3))
        self.operate(order, "confirm")
        line = order["lines"][0]["id"]
        first = self.operate(order, "ship", {"location": "main", "lines": [{"line_id": line, "quantity": 1}]})
        self.assertEqual(first["status"], "shipped")
        second = self.operate(order, "ship")
        self.assertEqual([parcel["lines"][0]["quantity"] for parcel in second["shipments"]], [1, 2])
        part = self.operate(order, "deliver", {"shipment_id": second["shipments"][0]["id"]})
        self.assertEqual(part["status"], "shipped")
        self.assertEqual(self.operate(order, "deliver")["status"], "delivered")
        other, _ = self.place((product, 1))
        self.refused(400, "invalid_request", "POST", f"/v1/orders/{other['id']}/deliver",
                     {"shipment_id": second["shipments"][0]["id"]}, operator=True)

    def test_shipping_from_where_nothing_is_reserved_is_refused(self):
        product = self.make_product(stock=5)
        self.ok(201, "POST", "/v1/locations", {"name": "far", "priority": 900}, operator=True)
        order, _ = self.place((product, 1))
        self.operate(order, "confirm")
        self.refused(409, "location_nothing", "POST", f"/v1/orders/{order['id']}/ship", {"location": "far"},
                     operator=True)
        self.refused(400, "invalid_request", "POST", f"/v1/orders/{order['id']}/ship", {"location": "moon"},
                     operator=True)

    def test_orders_of_others_are_unknown(self):
        product = self.make_product(stock=5)
        order, _ = self.place((product, 1))
        _, stranger = self.place((product, 1))
        path = "/v1/orders/" + order["id"]
        self.refused(404, "order_unknown", "GET", path, token=stranger["token"])
        self.refused(404, "order_unknown", "POST", path + "/cancel", token=stranger["token"])
        self.refused(404, "order_unknown", "GET", "/v1/orders/ord_AAAAAAAAAAAAAAAAAAAAAA", operator=True)
        self.refused(401, "unauthorized", "GET", path)
        for action in ("confirm", "ship", "deliver"):
            self.refused(403, "forbidden", "POST", f"{path}/{action}", token=stranger["token"])

    def test_a_cart_lists_its_orders_newest_first(self):
        product = self.make_product(stock=9)
        order, cart = self.place((product, 1))
        self.place((product, 1))
        orders = [order]
        for number in (2, 3):
            self.ok(200, "POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 1},
                    token=cart["token"])
            orders.insert(0, self.checkout(cart, key=f"key-{number}").json)
        page = self.ok(200, "GET", "/v1/orders", token=cart["token"])
        self.assertEqual([item["id"] for item in page["items"]], [item["id"] for item in orders])
        self.assertIsNone(page["next_cursor"])
        first = self.ok(200, "GET", "/v1/orders?limit=2", token=cart["token"])
        rest = self.ok(200, "GET", "/v1/orders?limit=2&cursor=" + first["next_cursor"], token=cart["token"])
        self.assertEqual([item["id"] for item in first["items"] + rest["items"]], [item["id"] for item in orders])
        self.refused(400, "invalid_cursor", "GET", "/v1/orders?cursor=" + first["next_cursor"],
                     token=self.open_cart()["token"])
        self.refused(400, "invalid_request", "GET", "/v1/orders?status=pending", token=cart["token"])

    def test_operators_filter_orders(self):
        product = self.make_product(stock=9)
        order, _ = self.place((product, 1), contact={"email": "zoe@example.com"})
        self.place((product, 1))
        self.operate(order, "confirm")

        def numbers(query):
            return [item["number"] for item in self.ok(200, "GET", "/v1/orders?" + query, operator=True)["items"]]

        self.assertEqual(numbers("email=zoe@example.com"), [order["number"]])
        self.assertEqual(numbers("number=" + order["number"]), [order["number"]])
        self.assertIn(order["number"], numbers("status=confirmed"))
        self.assertNotIn(order["number"], numbers("status=pending"))
        self.assertEqual(numbers("to=2020-01-01T00:00:00Z"), [])
        self.assertIn(order["number"], numbers("from=" + order["created_at"]))
        everything = numbers("limit=100")
        self.assertEqual(everything, sorted(everything, reverse=True))
        pages, cursor = [], ""
        while cursor is not None:
            page = self.ok(200, "GET", "/v1/orders?limit=3" + (f"&cursor={cursor}" if cursor else ""), operator=True)
            pages += [item["number"] for item in page["items"]]
            cursor = page["next_cursor"]
        self.assertEqual(pages, everything)
        answer = self.refused(400, "invalid_request", "GET", "/v1/orders?status=x&from=y&number=1", operator=True)
        self.assertEqual(answer.fields, {("status", "invalid_value"), ("from", "invalid_time"),
                                         ("number", "out_of_range")})

    def test_a_wholesale_order_has_2000_lines(self):
        def make(number):
            client = Client(self.server.port)
            try:
                body = {"sku": f"{type(self).__name__}-{number}", "name": "n" * 100, "category": "HOME",
                        "price": {"amount": number + 1, "currency": "USD"}}
                return client.send("POST", "/v1/products", body, operator=True).json["id"]
            finally:
                client.close()

        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            products = list(pool.map(make, range(2000)))
        for start in (0, 1000):
            self.move([{"product_id": product, "location": "main", "quantity": 1000000, "reason": "received"}
                       for product in products[start:start + 1000]])
        cart = self.open_cart()
        path = f"/v1/carts/{cart['id']}/items"
        shown = self.ok(200, "POST", path, {"items": [{"product_id": product, "quantity": 1000000}
                                                      for product in products]}, token=cart["token"])
        self.assertEqual(total(shown), 1000000 * 2000 * 2001 // 2)
        more = self.make_product(stock=1)
        self.refused(409, "cart_lines_limit", "POST", path, {"product_id": more["id"], "quantity": 1},
                     token=cart["token"])
        order = self.checkout(cart).json
        self.assertEqual((len(order["lines"]), total(order)), (2000, total(shown)))
        self.assertEqual(self.show(order)["lines"], order["lines"])
        self.operate(order, "confirm")
        lines = [{"line_id": line["id"], "quantity": 400000} for line in order["lines"]]
        self.assertEqual(total(self.operate(order, "cancel", {"lines": lines})), total(order) * 6 // 10)
        for line in lines:
            line["quantity"] = 600000
        self.assertEqual(self.operate(order, "ship", {"lines": lines})["status"], "shipped")
        self.assertEqual(self.operate(order, "deliver")["status"], "delivered")
        self.assertEqual(self.stock({"id": products[7]}), (400000, 0))

    def test_everything_is_there_after_a_kill(self):
        product = self.make_product(stock=5)
        order, cart = self.place((product, 2))
        before = self.show(order)
        self.server.end(9)
        self.server.start()
        self.setUp()
        self.assertEqual(self.show(order), before)
        self.assertEqual(self.stock(product), (5, 2))
        self.assertEqual(self.checkout(cart).json["id"], order["id"])
        fresh = self.open_cart((product, 1))
        self.assertNotEqual(fresh["id"], cart["id"])


class Corrections(ShopTest):
    def test_an_order_is_corrected_by_its_owner_and_by_operators_until_it_leaves(self):
        product = self.make_product(stock=9)
        order, cart = self.place((product, 1), metadata={"gift": True})
        path = "/v1/orders/" + order["id"]
        home = {**ADDRESS, "line1": "2 Main St"}
        shown = self.ok(200, "PATCH", path, {"shipping_address": home, "contact": {"phone": "+1 555 9999"}},
                        token=cart["token"])
        self.assertEqual((shown["shipping_address"], shown["contact"], shown["metadata"]),
                         (home, {**ALICE, "phone": "+1 555 9999"}, {"gift": True}))
        self.assertEqual(total(shown), total(order))
        self.assertEqual(self.ok(200, "GET", path, token=cart["token"]), shown)
        self.operate(order, "confirm")
        shown = self.ok(200, "PATCH", path, {"billing_address": home, "metadata": {}}, operator=True)
        self.assertEqual((shown["billing_address"], shown["metadata"]), (home, None))
        self.operate(order, "ship")
        answer = self.refused(409, "invalid_transition", "PATCH", path, {"contact": {"name": "x"}}, operator=True)
        self.assertIn("shipped", answer.json["detail"])

    def test_only_an_operator_sends_it_to_another_country(self):
        product = self.make_product(stock=9)
        order, cart = self.place((product, 1))
        path, abroad = "/v1/orders/" + order["id"], {"shipping_address": {**ADDRESS, "country": "DE"}}
        self.refused(409, "country_fixed", "PATCH", path, abroad, token=cart["token"])
        shown = self.ok(200, "PATCH", path, abroad, operator=True)
        self.assertEqual(shown["shipping_address"]["country"], "DE")

    def test_others_orders_and_what_was_erased_are_not_corrected(self):
        product = self.make_product(stock=9)
        order, _ = self.place((product, 1))
        path = "/v1/orders/" + order["id"]
        self.refused(401, "unauthorized", "PATCH", path, {"contact": {"name": "x"}})
        self.refused(404, "order_unknown", "PATCH", path, {"contact": {"name": "x"}}, token=self.open_cart()["token"])
        self.refused(404, "order_unknown", "PATCH", "/v1/orders/ord_x", {}, operator=True)
        answer = self.refused(400, "invalid_request", "PATCH", path, {"total": 1, "contact": {"email": "x"}},
                              operator=True)
        self.assertEqual(answer.fields, {("total", "unknown_field"), ("contact.email", "invalid_email")})
        self.ok(204, "DELETE", path + "/contact", operator=True)
        self.refused(409, "contact_erased", "PATCH", path, {"contact": {"name": "x"}}, operator=True)
