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

    def test_what_everybody_may_see_is_asked_for_again_and_not_sent_again(self):
        product = self.make_product(stock=1)
        for path in ("/v1/products", "/v1/suggest?q=thing", "/v1/products/" + product["id"], "/v1/categories",
                     f"/v1/products/{product['id']}/reviews"):
            answer = self.send("GET", path)
            self.assertEqual((answer.status, answer.headers["Cache-Control"]), (200, "no-cache"), path)
            again = self.send("GET", path, headers={"If-None-Match": answer.headers["ETag"]})
            self.assertEqual((again.status, again.raw), (304, b""), path)

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
            for name in ("Cart-Token", "Idempotency-Key", "Content-Type", "Traceparent"):
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

    def test_a_trace_stands_in_the_line_and_a_false_one_does_not(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        self.ok(200, "GET", "/v1/products", headers={"Request-Id": "t-1", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        self.ok(200, "GET", "/v1/products", headers={"Request-Id": "t-2", "traceparent": f"00-{trace}-00f067aa0ba902b7-01 x=y"})
        text = "\n".join(self.lines())
        self.assertIn(f"request_id=t-1 trace_id={trace} method=GET", text)
        self.assertIn("request_id=t-2 method=GET", text)

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


class Rates(ShopTest):
    # The tests come over loopback, so everybody they play comes through the proxy that they are.
    settings = {"SHOPD_TRUSTED_PROXIES": "127.0.0.1", "SHOPD_RATE_ADDRESS_PER_S": "1", "SHOPD_RATE_ADDRESS_BURST": "5",
                "SHOPD_RATE_KEY_PER_S": "1", "SHOPD_RATE_KEY_BURST": "8"}

    def ask(self, address, path="/v1/products", **options):
        return self.send("GET", path, headers={"X-Forwarded-For": address}, **options)

    def test_an_address_has_its_burst_and_then_waits(self):
        answers = [self.ask("203.0.113.1") for _ in range(6)]
        self.assertEqual([answer.status for answer in answers], [200] * 5 + [429])
        self.assertEqual(answers[0].headers["RateLimit-Policy"], '"address";q=5;w=5')
        self.assertEqual(answers[0].headers["RateLimit"], '"address";r=4;t=1')
        refused = answers[-1]
        self.assertEqual((refused.code, refused.headers["Retry-After"]), ("rate_limited", "1"))
        self.assertRegex(refused.headers["RateLimit"], '"address";r=0;t=[45]')
        self.assertEqual(self.ask("203.0.113.2").status, 200)

    def test_what_is_not_there_counts_too(self):
        self.assertEqual([self.ask("203.0.113.3", path).status for path in ("/a", "/b", "/c", "/d", "/e", "/f")],
                         [404] * 5 + [429])

    def test_an_invented_address_before_the_last_changes_nothing(self):
        statuses = [self.ask(f"198.51.100.{n}, 203.0.113.4").status for n in range(6)]
        self.assertEqual(statuses, [200] * 5 + [429])

    def test_one_site_of_ipv6_is_one_sender(self):
        statuses = [self.ask(f"2001:db8:1:2::{n}").status for n in range(6)]
        self.assertEqual(statuses, [200] * 5 + [429])
        self.assertEqual(self.ask("2001:db8:1:3::1").status, 200)

    def test_a_key_is_counted_wherever_it_comes_from(self):
        answers = [self.ask(f"192.0.2.{n}", "/v1/orders", operator=True) for n in range(9)]
        self.assertEqual([answer.status for answer in answers], [200] * 8 + [429])
        self.assertEqual(answers[0].headers["RateLimit-Policy"], '"address";q=5;w=5, "key";q=8;w=8')
        self.assertEqual(answers[0].headers["RateLimit"], '"address";r=4;t=1, "key";r=7;t=1')
        # A wrong key is nobody's bucket but the address's.
        statuses = [self.send("GET", "/v1/orders", headers={"X-Forwarded-For": "192.0.2.99", "Authorization": "Bearer x"})
                    .status for _ in range(6)]
        self.assertEqual(statuses, [401] * 5 + [429])

    def test_this_machine_itself_is_not_limited(self):
        for _ in range(50):
            answer = self.ok(200, "GET", "/healthz")
        self.assertNotIn("RateLimit", self.send("GET", "/healthz").headers)
        self.assertIn("shop_http_rate_limited_total", self.send("GET", "/metrics").raw.decode())
        self.assertEqual(answer, {"status": "ok"})
