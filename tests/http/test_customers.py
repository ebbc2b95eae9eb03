from server import ShopTest, eventually, total


class Customers(ShopTest):
    def make(self, **fields):
        return self.ok(201, "POST", "/v1/customers", fields, operator=True)

    def test_a_customer_is_made_read_and_changed(self):
        made = self.make(name="Bob", email="bob@example.com", phone="+44 20 7946 0000", member=True)
        path = "/v1/customers/" + made["id"]
        self.assertEqual(self.ok(200, "GET", path, operator=True), made)
        changed = self.ok(200, "PATCH", path, {"email": "bob@example.org", "member": False}, operator=True)
        self.assertEqual((changed["name"], changed["email"], changed["member"]), ("Bob", "bob@example.org", False))
        self.assertEqual((made["tier"], changed["tier"]), ("member", None))
        self.assertEqual(self.ok(200, "GET", path, operator=True), changed)

    def test_faults_and_strangers_are_refused(self):
        answer = self.refused(400, "invalid_request", "POST", "/v1/customers", {"name": "x", "member": 1},
                              operator=True)
        self.assertEqual(answer.fields, {("member", "wrong_type"), ("email", "missing")})
        self.refused(404, "customer_unknown", "GET", "/v1/customers/cus_x", operator=True)
        self.refused(401, "unauthorized", "POST", "/v1/customers", {"email": "a@b"})
        self.refused(403, "forbidden", "POST", "/v1/customers", {"email": "a@b"}, token=self.open_cart()["token"])

    def test_members_pay_less_and_have_a_history(self):
        member = self.make(email="member@example.com", member=True)
        product = self.make_product(stock=9, price=10000)
        self.ok(200, "PUT", "/v1/pricing", {"rules": [{"strategy": "membership", "basis_points": 1500}]},
                operator=True)
        orders = []
        for _ in range(3):
            order, cart = self.buy(member, product)
            self.assertEqual((total(order), order["customer_id"]), (8500, member["id"]))
            self.assertEqual(order["lines"][0]["rules"], ["membership"])
            self.assertEqual(order["history"][0]["by"], "customer")
            orders.insert(0, order["id"])
        gone = self.ok(200, "POST", f"/v1/orders/{order['id']}/cancel", token=cart["token"])
        self.assertEqual(gone["history"][-1]["by"], "customer")
        path = "/v1/orders?limit=2&customer_id=" + member["id"]
        first = self.ok(200, "GET", path, operator=True)
        rest = self.ok(200, "GET", f"{path}&cursor={first['next_cursor']}", operator=True)
        self.assertEqual([item["id"] for item in first["items"] + rest["items"]], orders)
        self.assertIsNone(rest["next_cursor"])

    def buy(self, customer, product, **body):
        cart = self.open_cart((product, 1), customer_id=customer["id"])
        answer = self.checkout(cart, **body)
        self.assertEqual(answer.status, 201, answer.raw)
        return answer.json, cart


class Tiers(Customers):
    settings = {"SHOPD_MEMBER_TIERS": "member, silver, gold"}

    def test_a_customer_has_a_tier(self):
        gold, member, nobody = self.make(email="g@example.com", tier="gold"), self.make(email="m@example.com", member=True), \
            self.make(email="n@example.com")
        self.assertEqual([(c["member"], c["tier"]) for c in (gold, member, nobody)],
                         [(True, "gold"), (True, "member"), (False, None)])
        path = "/v1/customers/" + gold["id"]
        for body, tier in (({"member": True}, "gold"), ({"tier": "silver"}, "silver"), ({"name": "x"}, "silver"),
                           ({"tier": "gold", "member": True}, "gold"), ({"tier": None}, None), ({"member": True}, "member"),
                           ({"member": False}, None), ({"tier": ""}, None)):
            changed = self.ok(200, "PATCH", path, body, operator=True)
            self.assertEqual((changed["tier"], changed["member"]), (tier, tier is not None), body)
        for body in ({"tier": "platinum"}, {"tier": "gold", "member": False}, {"tier": None, "member": True}):
            answer = self.refused(400, "invalid_request", "PATCH", path, body, operator=True)
            self.assertEqual(answer.fields, {("tier", "invalid_value")}, body)

    def test_each_tier_pays_what_its_rule_says(self):
        product = self.make_product(stock=99, price=10000)
        rules = [{"strategy": "membership", "basis_points": 1500},
                 {"strategy": "membership", "tier": "gold", "basis_points": 2500}]
        shown = self.ok(200, "PUT", "/v1/pricing", {"rules": rules}, operator=True)
        self.assertEqual(shown["rules"], rules)
        for tier, due in ((None, 10000), ("member", 8500), ("silver", 8500), ("gold", 7500)):
            order, _ = self.buy(self.make(email=f"{tier}@pays.example", tier=tier), product)
            self.assertEqual(total(order), due)
        for rule, field in (({"strategy": "membership", "tier": "platinum", "basis_points": 1}, "tier"),
                            ({"strategy": "bulk", "min_quantity": 5, "tier": "gold", "basis_points": 1}, "tier"),
                            ({"strategy": "membership", "min_quantity": 5, "basis_points": 1}, "min_quantity")):
            answer = self.refused(400, "invalid_request", "PUT", "/v1/pricing", {"rules": [rule]}, operator=True)
            self.assertEqual(answer.fields, {(f"rules[0].{field}", "pricing_rule_invalid")}, rule)
        self.assertEqual(self.server.end(), 0)
        self.server.audit()
        self.server.start()
        self.setUp()
        self.assertEqual(self.ok(200, "GET", "/v1/pricing", operator=True)["rules"], rules)


class Erasure(ShopTest):
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

    def test_erasing_a_customer_leaves_no_trace_in_any_file(self):
        needles = ("carol.q.unique@example.com", "Caroline Unique", "77 Unique Street", "+49 30 5550199")
        contact = {"name": needles[1], "email": needles[0], "phone": needles[3]}
        customer = self.ok(201, "POST", "/v1/customers", contact, operator=True)
        product = self.make_product(stock=9)
        orders = []
        for _ in range(2):
            cart = self.open_cart((product, 1), customer_id=customer["id"])
            answer = self.checkout(cart, contact=contact, shipping_address={"line1": needles[2], "country": "DE"})
            self.assertEqual(answer.status, 201, answer.raw)
            orders.append(answer.json)
        self.ok(200, "GET", "/v1/orders?email=" + needles[0], operator=True)  # folds, so the tables have had it too
        self.assertTrue(self.find(*needles))
        self.ok(204, "DELETE", "/v1/customers/" + customer["id"], operator=True)
        self.assertEqual([name for name, _ in self.find(*needles) if not name.endswith(".txt")], [])
        self.assertEqual(eventually(lambda: self.find(*needles), lambda found: not found), [])  # messages go next
        shown = self.ok(200, "GET", "/v1/customers/" + customer["id"], operator=True)
        self.assertEqual((shown["name"], shown["email"], shown["phone"], shown["erased"]), (None, None, None, True))
        for order in orders:
            shown = self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)
            self.assertEqual((shown["contact"], shown["shipping_address"], shown["metadata"]), (None, None, None))
            self.assertEqual(total(shown), total(order))
        self.refused(404, "customer_unknown", "POST", "/v1/carts", {"customer_id": customer["id"]}, operator=True)
        self.assertEqual(self.server.end(), 0)
        self.assertEqual(self.find(*needles), [])
        self.assertNotIn("carol", self.server.log_text().lower())
        self.server.start()

    def test_erasing_the_contact_of_a_guest_order(self):
        needle = "dave.unique@example.com"
        product = self.make_product(stock=9)
        order, cart = self.place((product, 1), contact={"email": needle}, metadata={"gift": "for Eve Unique"})
        self.assertTrue(self.find(needle))
        path = f"/v1/orders/{order['id']}/contact"
        self.refused(403, "forbidden", "DELETE", path, token=cart["token"])
        self.ok(204, "DELETE", path, operator=True)
        self.assertEqual(eventually(lambda: self.find(needle, "Eve Unique"), lambda found: not found), [])
        shown = self.ok(200, "GET", "/v1/orders/" + order["id"], token=cart["token"])
        self.assertEqual((shown["contact"], shown["metadata"]), (None, None))
