from server import ShopTest


class Stock(ShopTest):
    def test_movements_add_take_and_count(self):
        product = self.make_product()
        row, = self.move({"product_id": product["id"], "location": "main", "quantity": 10, "reason": "received"})
        self.assertEqual((row["on_hand"], row["reserved"], row["available"]), (10, 0, 10))
        self.move([{"product_id": product["id"], "quantity": -2, "reason": "damaged"},
                   {"product_id": product["id"], "quantity": 1, "reason": "returned"}])
        self.assertEqual(self.stock(product), (9, 0))
        self.move({"product_id": product["id"], "on_hand": 4, "reason": "counted"})
        self.assertEqual(self.stock(product), (4, 0))
        self.assertEqual(self.ok(200, "GET", "/v1/products/" + product["id"])["available"], 4)

    def test_a_transfer_moves_between_places_by_name_or_id(self):
        product = self.make_product(stock=5)
        place = self.ok(201, "POST", "/v1/locations", {"name": "north", "priority": 5}, operator=True)
        self.move({"product_id": product["id"], "reason": "transferred", "from": "main", "to": "north", "quantity": 2})
        self.move({"product_id": product["id"], "reason": "transferred", "from": "main", "to": place["id"],
                   "quantity": 1})
        rows = self.ok(200, "GET", "/v1/stock?product_id=" + product["id"], operator=True)["items"]
        self.assertEqual({row["location"]: row["on_hand"] for row in rows}, {"main": 2, "north": 3})

    def test_locations_are_listed_and_put_by_name(self):
        self.ok(201, "POST", "/v1/locations", {"name": "east", "priority": 7}, operator=True)
        changed = self.ok(200, "POST", "/v1/locations", {"name": "east", "priority": 1}, operator=True)
        self.assertEqual(changed["priority"], 1)
        names = [entry["name"] for entry in self.ok(200, "GET", "/v1/locations", operator=True)["items"]]
        self.assertIn("main", names)
        self.assertEqual(names.count("east"), 1)

    def test_more_than_is_there_cannot_go(self):
        product = self.make_product(stock=3)
        self.refused(409, "stock_short", "POST", "/v1/stock/movements",
                     {"product_id": product["id"], "quantity": -4, "reason": "damaged"}, operator=True)
        self.refused(409, "stock_short", "POST", "/v1/stock/movements",
                     [{"product_id": product["id"], "quantity": 5, "reason": "received"},
                      {"product_id": product["id"], "quantity": -9, "reason": "damaged"}], operator=True)
        self.assertEqual(self.stock(product), (3, 0))

    def test_what_orders_hold_cannot_go_and_they_are_named(self):
        product = self.make_product(stock=3)
        order, _ = self.place((product, 2))
        answer = self.refused(409, "stock_reserved", "POST", "/v1/stock/movements",
                              {"product_id": product["id"], "quantity": -2, "reason": "damaged"}, operator=True)
        self.assertEqual([error["order_id"] for error in answer.json["errors"]], [order["id"]])
        self.assertEqual(self.stock(product), (3, 2))

    def test_faults_of_movements_are_named_by_their_place(self):
        product = self.make_product()
        answer = self.refused(400, "invalid_request", "POST", "/v1/stock/movements",
                              [{"product_id": product["id"], "quantity": 1, "reason": "found"},
                               {"product_id": "x", "quantity": "1", "reason": "received"},
                               {"product_id": product["id"], "reason": "counted", "quantity": 1}], operator=True)
        self.assertEqual(answer.fields, {
            ("[0].reason", "invalid_value"), ("[1].product_id", "invalid_id"), ("[1].quantity", "wrong_type"),
            ("[2].on_hand", "missing"), ("[2].quantity", "unknown_field")})
        answer = self.refused(400, "invalid_request", "POST", "/v1/stock/movements",
                              {"product_id": product["id"], "quantity": 1, "reason": "received", "location": "moon"},
                              operator=True)
        self.assertEqual(answer.fields, {("location", "location_unknown")})
        self.refused(400, "invalid_request", "POST", "/v1/stock/movements", [], operator=True)
        self.refused(400, "quantity_zero", "POST", "/v1/stock/movements",
                     {"product_id": product["id"], "quantity": 0, "reason": "received"}, operator=True)
        self.refused(400, "invalid_request", "GET", "/v1/stock", operator=True)

    def test_only_operators_see_stock_by_place(self):
        product = self.make_product()
        token = self.open_cart()["token"]
        for method, path in (("GET", "/v1/stock?product_id=" + product["id"]), ("GET", "/v1/locations"),
                             ("POST", "/v1/locations"), ("POST", "/v1/stock/movements")):
            self.refused(401, "unauthorized", method, path)
            self.refused(403, "forbidden", method, path, token=token)
