"""Who of the operators may do what: roles, keys of services with their scopes, and what is told of it."""
from test_accounts import AccountTest

ADMIN_ROUTES = (("GET", "/v1/keys", None), ("POST", "/v1/keys", {"name": "x", "scopes": ["stock:read"]}),
                ("DELETE", "/v1/keys/apk_x", None), ("GET", "/v1/audit", None),
                ("PUT", "/v1/customers/cus_x/role", {"role": "admin"}))


class OperatorTest(AccountTest):
    def make_key(self, *scopes, **fields):
        return self.ok(201, "POST", "/v1/keys", {"name": "ERP", "scopes": list(scopes), **fields}, operator=True)

    def with_key(self, key):
        return {"Authorization": "Bearer " + key["key"]}

    def with_role(self, role):
        session = self.register()
        self.ok(200, "PUT", f"/v1/customers/{session['customer']['id']}/role", {"role": role}, operator=True)
        return self.bearer(self.login(session["email"])), session


class Keys(OperatorTest):
    def test_a_key_opens_its_scopes_and_no_other(self):
        product = self.make_product(stock=3)
        order, _ = self.place((product, 1))
        reads = self.with_key(self.make_key("orders:read"))
        self.ok(200, "GET", "/v1/orders", headers=reads)
        self.ok(200, "GET", "/v1/orders/" + order["id"], headers=reads)
        for method, path, body in (("POST", f"/v1/orders/{order['id']}/confirm", None),
                                   ("POST", f"/v1/orders/{order['id']}/cancel", None),
                                   ("GET", "/v1/stock?product_id=" + product["id"], None),
                                   ("GET", "/v1/customers/cus_x", None), ("GET", "/v1/pricing", None),
                                   ("GET", "/v1/notices", None), ("PATCH", "/v1/products/" + product["id"], {}),
                                   *ADMIN_ROUTES):
            self.refused(403, "forbidden", method, path, body, headers=reads)
        writes = self.with_key(self.make_key("orders:write", "stock:write"))
        self.ok(200, "POST", f"/v1/orders/{order['id']}/confirm", headers=writes)
        self.ok(200, "GET", "/v1/orders/" + order["id"], headers=writes)
        self.ok(201, "POST", "/v1/stock/movements",
                {"product_id": product["id"], "quantity": 1, "reason": "received"}, headers=writes)

    def test_a_key_is_no_customer(self):
        key = self.with_key(self.make_key("customers:write", "orders:write", "carts:write"))
        self.refused(403, "forbidden", "GET", "/v1/customers/me", headers=key)
        self.refused(403, "forbidden", "DELETE", "/v1/sessions", headers=key)

    def test_a_revoked_key_and_one_whose_time_is_over_open_nothing(self):
        key = self.make_key("stock:read")
        self.ok(200, "GET", "/v1/locations", headers=self.with_key(key))
        self.ok(204, "DELETE", "/v1/keys/" + key["id"], operator=True)
        self.refused(401, "invalid_token", "GET", "/v1/locations", headers=self.with_key(key))
        self.ok(204, "DELETE", "/v1/keys/" + key["id"], operator=True)
        self.refused(404, "key_unknown", "DELETE", "/v1/keys/apk_x", operator=True)
        shown = [item for item in self.ok(200, "GET", "/v1/keys", operator=True)["items"] if item["id"] == key["id"]]
        self.assertEqual([(item["revoked"], item["scopes"]) for item in shown], [(True, ["stock:read"])])
        later = self.make_key("stock:read", expires_at="2999-01-01T00:00:00Z")
        self.ok(200, "GET", "/v1/locations", headers=self.with_key(later))

    def test_keys_survive_a_kill_and_stand_in_no_file(self):
        key, gone = self.make_key("stock:read"), self.make_key("stock:read")
        self.ok(204, "DELETE", "/v1/keys/" + gone["id"], operator=True)
        self.server.end(9)
        self.server.start()
        self.client = type(self.client)(self.server.port)
        self.addCleanup(self.client.close)
        self.ok(200, "GET", "/v1/locations", headers=self.with_key(key))
        self.refused(401, "invalid_token", "GET", "/v1/locations", headers=self.with_key(gone))
        for path in self.server.files():
            self.assertNotIn(key["key"][4:].encode(), path.read_bytes())

    def test_faults_are_told(self):
        for body, field, code in (({"scopes": ["stock:read"]}, "name", "missing"),
                                  ({"name": "", "scopes": ["stock:read"]}, "name", "missing"),
                                  ({"name": "x"}, "scopes", "missing"), ({"name": "x", "scopes": []}, "scopes", "missing"),
                                  ({"name": "x", "scopes": ["stock"]}, "scopes", "scope_unknown"),
                                  ({"name": "x", "scopes": [1]}, "scopes", "wrong_type"),
                                  ({"name": "x", "scopes": ["stock:read"], "expires_at": "2001-01-01T00:00:00Z"},
                                   "expires_at", "out_of_range")):
            answer = self.refused(400, "invalid_request", "POST", "/v1/keys", body, operator=True)
            self.assertIn((field, code), answer.fields)


class Roles(OperatorTest):
    def test_the_staff_runs_the_shop_and_makes_no_keys(self):
        staff, _ = self.with_role("staff")
        product = self.ok(201, "POST", "/v1/products", {"sku": "BY-STAFF", "name": "x", "category": "HOME",
                                                        "price": {"amount": 1, "currency": "USD"}}, headers=staff)
        self.ok(200, "GET", "/v1/stock?product_id=" + product["id"], headers=staff)
        self.ok(200, "GET", "/v1/orders", headers=staff)
        self.assertEqual(self.ok(200, "GET", "/v1/customers/me", headers=staff)["role"], "staff")
        for method, path, body in ADMIN_ROUTES:
            self.refused(403, "forbidden", method, path, body, headers=staff)

    def test_an_admin_makes_others(self):
        admin, _ = self.with_role("admin")
        other = self.register()
        path = f"/v1/customers/{other['customer']['id']}/role"
        self.assertEqual(self.ok(200, "PUT", path, {"role": "staff"}, headers=admin)["role"], "staff")
        self.refused(401, "invalid_token", "GET", "/v1/customers/me", headers=self.bearer(other))
        staff = self.bearer(self.login(other["email"]))
        self.ok(200, "GET", "/v1/pricing", headers=staff)
        self.ok(200, "PUT", path, {"role": "customer"}, headers=admin)
        self.refused(401, "invalid_token", "GET", "/v1/pricing", headers=staff)
        self.refused(403, "forbidden", "GET", "/v1/pricing", headers=self.bearer(self.login(other["email"])))
        answer = self.refused(400, "invalid_request", "PUT", path, {"role": "king"}, headers=admin)
        self.assertEqual(answer.fields, {("role", "invalid_value")})
        self.refused(404, "customer_unknown", "PUT", "/v1/customers/cus_x/role", {"role": "staff"}, headers=admin)

    def test_nobody_makes_oneself_an_admin(self):
        session = self.register()
        path = f"/v1/customers/{session['customer']['id']}/role"
        self.refused(403, "forbidden", "PUT", path, {"role": "admin"}, headers=self.bearer(session))
        self.refused(401, "unauthorized", "PUT", path, {"role": "admin"})
        answer = self.refused(400, "invalid_request", "PATCH", "/v1/customers/me", {"role": "admin"},
                              headers=self.bearer(session))
        self.assertEqual(answer.fields, {("role", "unknown_field")})


class Audit(OperatorTest):
    def test_every_action_is_told_with_who_did_it(self):
        staff, session = self.with_role("staff")
        key = self.make_key("orders:write")
        product = self.make_product(stock=3)
        order, cart = self.place((product, 1))
        self.ok(200, "POST", f"/v1/orders/{order['id']}/confirm", headers=self.with_key(key))
        self.ok(200, "POST", f"/v1/orders/{order['id']}/ship", headers=staff)
        self.refused(409, "invalid_transition", "POST", f"/v1/orders/{order['id']}/confirm", operator=True)
        self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)
        items = self.ok(200, "GET", "/v1/audit?limit=3", operator=True)["items"]
        told = [(item["action"], item["by"]["type"], item["by"]["id"], item["subject"]["id"]) for item in items]
        self.assertEqual(told, [("order_ship", "staff", session["customer"]["id"], order["id"]),
                                ("order_confirm", "service", key["id"], order["id"]),
                                ("stock_move", "operator_key", None, product["id"])])
        first = self.ok(200, "GET", "/v1/audit?limit=2", operator=True)
        rest = self.ok(200, "GET", "/v1/audit?limit=1&cursor=" + first["next_cursor"], operator=True)
        self.assertEqual(first["items"] + rest["items"], items)
        self.refused(400, "invalid_cursor", "GET", "/v1/audit?cursor=x", operator=True)
        self.assertEqual(self.server.end(), 0)
        self.server.audit()
        self.server.start()
