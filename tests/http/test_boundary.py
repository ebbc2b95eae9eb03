"""What holds for every request, whatever it asks for: headers, CORS, the access log, limits that are settings."""
import re

from server import ALICE, ShopTest

PAGE = "https://shop.example"


class Headers(ShopTest):
    def test_every_answer_says_how_browsers_must_treat_it(self):
        for path in ("/healthz", "/v1/products", "/nope", "/openapi.json", "/docs"):
            headers = self.send("GET", path).headers
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["X-Frame-Options"], "DENY")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("Cache-Control", headers)
        self.client.connection.putrequest("GET", "/healthz", skip_host=True)
        self.client.connection.endheaders()
        refused = self.client.connection.getresponse()
        self.assertEqual((refused.status, refused.headers["X-Content-Type-Options"]), (400, "nosniff"))

    def test_what_belongs_to_somebody_is_not_stored_on_the_way(self):
        cart = self.open_cart((self.make_product(stock=1), 1))
        order = self.checkout(cart)
        self.assertEqual(order.headers["Cache-Control"], "no-store")
        for path in (f"/v1/orders/{order.json['id']}", "/v1/orders"):
            self.assertEqual(self.send("GET", path, token=cart["token"]).headers["Cache-Control"], "no-store")

    def test_the_page_may_load_nothing_from_elsewhere(self):
        policy = self.send("GET", "/docs").headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("http", policy)

    def test_without_a_setting_no_other_origin_is_let_in(self):
        answer = self.send("GET", "/v1/products", headers={"Origin": PAGE})
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
        self.refused(405, "method_not_allowed", "OPTIONS", "/v1/products",
                     headers={"Origin": PAGE, "Access-Control-Request-Method": "GET"})


class Cors(ShopTest):
    settings = {"SHOPD_CORS_ORIGINS": f"{PAGE}, http://localhost:3000", "SHOPD_CORS_MAX_AGE_S": "77"}

    def ask(self, path, method, origin):
        """A browser's question before it sends the request itself."""
        self.client.connection.request("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": method,
                                                                 "Access-Control-Request-Headers": "cart-token"})
        response = self.client.connection.getresponse()
        response.read()
        return response

    def test_a_page_that_is_let_in_may_ask_and_read(self):
        for origin in (PAGE, "http://localhost:3000"):
            answer = self.ask("/v1/carts/x/checkout", "POST", origin)
            self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]), (204, origin))
            self.assertEqual(answer.headers["Access-Control-Allow-Methods"], "POST")
            self.assertEqual(answer.headers["Access-Control-Max-Age"], "77")
            for name in ("Cart-Token", "Idempotency-Key", "Content-Type"):
                self.assertIn(name, answer.headers["Access-Control-Allow-Headers"])
            answer = self.send("GET", "/v1/products", headers={"Origin": origin})
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], origin)
            self.assertIn("Request-Id", answer.headers["Access-Control-Expose-Headers"])
            self.assertEqual(answer.headers["Vary"], "Origin")
        refused = self.refused(404, "cart_unknown", "GET", "/v1/carts/x", token=self.open_cart()["token"],
                               headers={"Origin": PAGE})
        self.assertEqual(refused.headers["Access-Control-Allow-Origin"], PAGE)

    def test_others_are_not_and_caches_are_told(self):
        for origin in ("https://evil.example", "https://shop.example.evil.example", "null", "https://shop.example:444",
                       "http://shop.example", "x" * 300):
            self.assertEqual(self.ask("/v1/products", "GET", origin).status, 405)
            answer = self.send("GET", "/v1/products", headers={"Origin": origin})
            self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
            self.assertEqual(answer.headers["Vary"], "Origin")
        self.assertEqual(self.ask("/nope", "GET", PAGE).status, 404)


class CorsForAll(ShopTest):
    settings = {"SHOPD_CORS_ORIGINS": "*"}

    def test_a_star_lets_every_page_in_without_credentials(self):
        answer = self.send("GET", "/v1/products", headers={"Origin": "https://any.example"})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertNotIn("Access-Control-Allow-Credentials", answer.headers)
        self.assertNotIn("Vary", answer.headers)


class AccessLog(ShopTest):
    settings = {"SHOPD_ACCESS_LOG": "2"}

    def lines(self):
        return [line for line in self.server.log_text().splitlines() if " info request " in line]

    def test_a_line_tells_of_the_request_and_not_of_the_person(self):
        product = self.make_product(stock=5)
        order, cart = self.place((product, 1))
        self.ok(200, "GET", f"/v1/orders/{order['id']}?", token=cart["token"], headers={"Request-Id": "look-1"})
        self.ok(200, "GET", "/v1/orders?email=alice%40example.com", operator=True, headers={"Request-Id": "look-2"})
        self.refused(404, "not_found", "GET", "/alice@example.com", headers={"Request-Id": "look-3"})
        text = "\n".join(self.lines())
        for line in (r"request_id=look-1 method=GET route=/v1/orders/\{id\} status=200 bytes=\d+ us=\d+ from=cart",
                     r"request_id=look-2 method=GET route=/v1/orders status=200 bytes=\d+ us=\d+ from=operator",
                     r"request_id=look-3 method=GET route=none status=404 bytes=\d+ us=\d+ from=anybody"):
            self.assertEqual(len(re.findall(line + "$", text, re.M)), 1, line)
        for secret in (*ALICE.values(), "alice", order["id"], cart["id"], cart["token"], "127.0.0.1", "62704"):
            self.assertNotIn(secret, text)

    def test_what_is_refused_unread_is_told_too(self):
        self.client.connection.putrequest("GET", "/healthz", skip_host=True)
        self.client.connection.endheaders()
        self.assertEqual(self.client.connection.getresponse().status, 400)
        self.assertIn("info request refused status=400 code=invalid_host", self.server.log_text())


class AccessLogOfRefusals(ShopTest):
    settings = {"SHOPD_ACCESS_LOG": "1"}

    def test_only_refusals_have_a_line(self):
        self.ok(200, "GET", "/healthz", headers={"Request-Id": "fine"})
        self.refused(404, "not_found", "GET", "/nope", headers={"Request-Id": "wrong"})
        self.assertNotIn("request_id=fine", self.server.log_text())
        self.assertIn("request_id=wrong", self.server.log_text())


class Limits(ShopTest):
    settings = {"SHOPD_JSON_DEPTH_MAX": "3", "SHOPD_BODY_BYTES_MAX": "2000", "SHOPD_HEADER_BYTES_MAX": "1024"}

    def test_depth_body_and_head_are_what_the_settings_say(self):
        product = self.make_product(stock=1)
        cart = self.open_cart()
        item = {"product_id": product["id"], "quantity": 1}
        self.ok(200, "POST", f"/v1/carts/{cart['id']}/items", {"items": [item]}, token=cart["token"])
        answer = self.refused(400, "invalid_request", "POST", f"/v1/carts/{cart['id']}/items", {"items": [dict(item, x={})]},
                              token=cart["token"])
        self.assertEqual(answer.json["errors"][0]["detail"], "nested more than 3 levels deep")
        self.refused(413, "body_too_large", "POST", "/v1/carts", '{"a":"' + "x" * 2000 + '"}')
        self.setUp()
        self.refused(431, "headers_too_large", "GET", "/healthz", headers={"X": "y" * 1500})
