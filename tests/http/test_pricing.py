from server import ShopTest, total


class Pricing(ShopTest):
    def put(self, *rules, policy="best"):
        return self.ok(200, "PUT", "/v1/pricing", {"policy": policy, "rules": list(rules)}, operator=True)

    def test_rules_are_switched_at_run_time(self):
        product = self.make_product(stock=50, price=1999)
        cart = self.open_cart((product, 5))
        before = self.ok(200, "GET", "/v1/pricing", operator=True)
        self.put({"strategy": "regular"})
        path = "/v1/carts/" + cart["id"]
        self.assertEqual(total(self.ok(200, "GET", path, token=cart["token"])), 9995)
        bulk = {"strategy": "bulk", "min_quantity": 5, "basis_points": 1000}
        now = self.put(bulk)
        self.assertGreater(now["version"], before["version"])
        self.assertEqual(now["rules"], [bulk])
        shown = self.ok(200, "GET", path, token=cart["token"])
        self.assertEqual(total(shown), 8995)
        self.assertEqual(shown["lines"][0]["discounts"], [{"rule": "bulk", "amount": 1000}])
        self.put({"strategy": "regular"})

    def test_best_takes_the_cheapest_and_stack_takes_all(self):
        product = self.make_product(stock=50, price=1000)
        cart = self.open_cart((product, 10))
        rules = ({"strategy": "bulk", "min_quantity": 5, "basis_points": 1000},
                 {"strategy": "regional", "country": "US", "basis_points": 2000})
        body = {"shipping_address": {"country": "US"}}
        self.put(*rules)
        self.assertEqual(total(self.ok(200, "POST", f"/v1/carts/{cart['id']}/quote", body, token=cart["token"])), 8000)
        self.put(*rules, policy="stack")
        shown = self.ok(200, "POST", f"/v1/carts/{cart['id']}/quote", body, token=cart["token"])
        self.assertEqual(total(shown), 7200)
        self.assertEqual([d["amount"] for d in shown["lines"][0]["discounts"]], [1000, 1800])
        self.put({"strategy": "regular"})

    def test_a_season_has_a_category_and_a_time(self):
        rule = {"strategy": "seasonal", "basis_points": 500, "category": "HOME",
                "from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"}
        self.assertEqual(self.put(rule)["rules"], [rule])
        product = self.make_product(stock=5, price=1000)
        cart = self.open_cart((product, 1))
        self.assertEqual(total(self.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])), 950)
        self.put({"strategy": "regular"})

    def test_wrong_rules_are_named(self):
        answer = self.refused(400, "pricing_rule_invalid", "PUT", "/v1/pricing",
                              {"rules": [{"strategy": "regular"}, {"strategy": "lottery"}]}, operator=True)
        self.assertEqual(answer.fields, {("rules[1].strategy", "pricing_rule_invalid")})
        answer = self.refused(400, "invalid_request", "PUT", "/v1/pricing",
                              {"policy": "worst", "rules": [{"basis_points": 10001, "country": "u"}, 1]},
                              operator=True)
        self.assertEqual(answer.fields, {("policy", "invalid_value"), ("rules[0].strategy", "missing"),
                                         ("rules[0].basis_points", "out_of_range"),
                                         ("rules[0].country", "invalid_country"), ("rules[1]", "wrong_type")})
        self.refused(401, "unauthorized", "GET", "/v1/pricing")
