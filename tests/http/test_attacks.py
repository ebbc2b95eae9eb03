"""What an attacker sends, and what must come of it: nothing. docs/security.md is the list."""
import re
import socket
import time
import urllib.parse

import server
from server import ALICE, ShopTest, eventually

HEAD = b"Host: shop\r\n"
TCP_REPAIR = 19  # linux/tcp.h
PIECES = 5
SHELF_MAX = 2 * 10**9
HIGHEST_PRICE = 10**11


class Raw:
    """A connection on which every byte is ours."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)

    def send(self, *parts):
        self.socket.sendall(b"".join(parts))
        return self

    def vanish(self):
        """As a machine that lost its power: nothing is sent, the server's end stays open. False without the right to do so."""
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        except PermissionError:
            return False
        self.socket.close()
        return True

    def read_all(self):
        """Until the server closes."""
        received = b""
        while True:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                self.socket.close()
                return received
            received += piece


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


class AttackTest(ShopTest):
    def raw(self, *parts):
        """Statuses of all that comes back until the server closes."""
        return statuses(Raw(self.server.port).send(*parts).read_all())

    def connections_open(self):
        return int(re.search(rb"^shop_http_connections (\d+)$", self.send("GET", "/metrics").raw, re.M)[1])


class Smuggling(AttackTest):
    """Two readers of the same bytes must not see two different requests."""

    def assert_single_refusal(self, *parts):
        # What is hidden behind it would answer 200, were it ever read as a request.
        hidden = b"GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
        found = self.raw(*parts, hidden)
        self.assertEqual(len(found), 1, (parts, found))
        self.assertGreaterEqual(found[0], 400, parts)

    def test_a_body_has_one_length_only(self):
        post = b"POST /v1/carts HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
        for lengths in (b"Content-Length: 2\r\nContent-Length: 7\r\n", b"Content-Length: 2\r\nContent-Length: 2\r\n",
                        b"Content-Length: 2, 2\r\n", b"Content-Length: +2\r\n", b"Content-Length: 0x2\r\n",
                        b"Content-Length: 2 \x0b\r\n", b"Content-Length : 2\r\n", b" Content-Length: 2\r\n",
                        b"Content-Length: -1\r\n", b"Content-Length: 18446744073709551618\r\n", b"Content-Length: \r\n"):
            self.assert_single_refusal(post, lengths, b"\r\n{}")

    def test_chunked_is_the_only_coding_and_stands_alone(self):
        post = b"POST /v1/carts HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
        chunks = b"\r\n2\r\n{}\r\n0\r\n\r\n"
        for coding in (b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
                       b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                       b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                       b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding: chunked, identity\r\n",
                       b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: \"chunked\"\r\n",
                       b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding:\x0bchunked\r\n",
                       b"X: y\nTransfer-Encoding: chunked\r\n", b"X: y\r\n Transfer-Encoding: chunked\r\n"):
            self.assert_single_refusal(post, coding, chunks)
        self.assert_single_refusal(b"POST /v1/carts HTTP/1.0\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n", chunks)

    def test_a_chunk_ends_where_it_says(self):
        post = (b"POST /v1/carts HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n")
        for chunks in (b"2\r\n{}xx0\r\n\r\n", b"2\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n", b"+2\r\n{}\r\n0\r\n\r\n",
                       b"2 \r\n{}\r\n0\r\n\r\n", b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n",
                       b"2\r\n{}\n0\r\n\r\n", b"2\r\n{}\r\n0\n\n", b"\r\n"):
            self.assert_single_refusal(post, chunks)

    def test_lines_end_in_cr_lf_alone(self):
        for request in (b"GET /healthz HTTP/1.1\nHost: shop\n\n", b"GET /healthz HTTP/1.1\r\nHost: shop\n\r\n",
                        b"GET /healthz HTTP/1.1\r\nHost: shop\rX: y\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: shop\r\nA: b\x00\r\n\r\n",
                        b"GET /healthz\x00 HTTP/1.1\r\nHost: shop\r\n\r\n", b"GET  /healthz HTTP/1.1\r\nHost: shop\r\n\r\n",
                        b"GET /healthz HTTP/1.1\r\nHost: shop\r\nHost: other\r\n\r\n", b"GET /healthz HTTP/1.1\r\nX: y\r\n\r\n",
                        b"GET /healthz\r\n\r\n", b"GET http://shop@evil:80:80/ HTTP/1.1\r\nHost: a b\r\n\r\n"):
            self.assert_single_refusal(request)

    def test_the_body_of_one_request_is_never_the_next(self):
        inner = b"DELETE /v1/products/x HTTP/1.1\r\nHost: shop\r\n\r\n"
        outer = b"POST /v1/carts HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        last = b"GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
        self.assertEqual(self.raw(outer % (HEAD, len(inner), inner), last), [400, 200])
        # A body to a request that takes none is read and refused, not left in the pipe.
        get = b"GET /healthz HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n%s" % (len(inner), inner)
        self.assertEqual(self.raw(get, last), [413, 200])


class Slowness(AttackTest):
    settings = {"SHOPD_READ_TIMEOUT_MS": "200", "SHOPD_WRITE_TIMEOUT_MS": "200", "SHOPD_IDLE_TIMEOUT_MS": "300"}

    def test_slow_senders_are_cut_and_nobody_else(self):
        slow = [Raw(self.server.port).send(part) for part in (
            b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: shop\r\nX: ",
            b"POST /v1/carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
            b"POST /v1/carts HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{")]
        self.ok(200, "GET", "/healthz")
        self.assertEqual([statuses(one.read_all()) for one in slow], [[408]] * len(slow))

    def test_a_trickle_does_not_buy_time(self):
        """A byte now and then, each well within the limit: the limit is of the whole request."""
        raw = Raw(self.server.port)
        raw.socket.settimeout(0.02)
        received = b""
        for byte in b"GET /healthz HTTP/1.1\r\nHost: shop\r\nX: " + b"x" * 500:
            try:
                raw.socket.send(bytes([byte]))
                received = raw.socket.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                pass
            break
        self.assertEqual(statuses(received), [408])
        raw.socket.close()

    def test_a_reader_that_does_not_read_is_cut(self):
        for _ in range(30):
            self.make_product(description="x" * 8000)
        raw = Raw(self.server.port)
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = b"GET /v1/products?limit=100 HTTP/1.1\r\nHost: shop\r\n\r\n"
        try:
            for _ in range(10_000):  # until it takes no more from us either, or cuts us off
                raw.socket.sendall(request)
        except (ConnectionResetError, BrokenPipeError):
            pass
        raw.socket.close()
        self.ok(200, "GET", "/healthz")

    def test_a_peer_that_vanished_is_let_go(self):
        """One at rest, one in the middle of a request: neither will ever say that it has gone."""
        resting, asking = Raw(self.server.port), Raw(self.server.port)
        resting.send(b"GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n")
        self.assertEqual(statuses(resting.socket.recv(4096)), [200])
        asking.send(b"POST /v1/carts HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\n{")
        if not (resting.vanish() and asking.vanish()):
            self.skipTest("needs CAP_NET_ADMIN to vanish")
        self.ok(200, "GET", "/healthz")
        self.assertLessEqual(eventually(self.connections_open, lambda count: count <= 1), 1)

    def test_an_idle_connection_is_closed(self):
        self.assertEqual(Raw(self.server.port).read_all(), b"")


class Floods(AttackTest):
    settings = {"SHOPD_CONNECTIONS_MAX": "20"}

    def test_connections_over_the_limit_are_closed_and_the_rest_served(self):
        self.ok(200, "GET", "/healthz")
        held = [socket.create_connection(("127.0.0.1", self.server.port), timeout=30) for _ in range(40)]
        refused = 0
        for one in held:
            try:
                one.sendall(b"GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n")
                refused += not one.recv(100)
            except (ConnectionResetError, BrokenPipeError):
                refused += 1
        self.assertGreaterEqual(refused, 20)
        self.assertLess(refused, 40)
        self.ok(200, "GET", "/healthz")
        for one in held:
            one.close()
        deadline = time.monotonic() + 30
        while self.connections_open() > 1 and time.monotonic() < deadline:
            time.sleep(0.01)  # or the next test is over the limit, too

    def test_heads_and_targets_have_a_limit(self):
        self.assertEqual(self.raw(b"GET /healthz HTTP/1.1\r\n", HEAD, b"X: y\r\n" * 100, b"\r\n"), [431])
        self.assertEqual(self.raw(b"GET /healthz HTTP/1.1\r\n", HEAD, b"X: ", b"y" * 20000), [431])
        self.assertEqual(self.raw(b"GET /", b"y" * 20000), [414])

    def test_a_body_over_the_limit_is_refused_before_it_is_sent(self):
        self.assertEqual(self.raw(b"POST /v1/carts HTTP/1.1\r\n", HEAD, b"Content-Length: 99999999\r\n\r\n"), [413])


class Json(AttackTest):
    def refused_with(self, code, body):
        answer = self.refused(400, "invalid_request", "POST", "/v1/carts", body)
        self.assertIn(code, {error["code"] for error in answer.json["errors"]}, body[:80])

    def test_deep_and_broken_json_is_refused(self):
        for opening in ("[", '{"a":', '[{"a":['):
            self.refused_with("too_deep", opening * 2000)
        for body in ("{", '{"contact":NaN}', "{'a':1}", '{"a":01}', '{"a":1e999}', '{"a":"\\ud800"}', '{"a":"\\u0000"}', "{}{}",
                     '{"contact":{},}', "\ufeff{}", "/**/{}"):
            self.refused_with("invalid_json", body.encode("utf-8"))

    def test_a_repeated_name_is_refused_wherever_it_stands(self):
        for body in ('{"contact":{},"contact":{}}', '{"contact":{"email":"a@b.example","email":"c@d.example"}}',
                     '{"contact":{},"c\\u006fntact":{}}'):
            self.refused_with("invalid_json", body)

    def test_numbers_that_no_integer_holds_are_refused(self):
        product = self.make_product(stock=PIECES)
        cart = self.open_cart()
        path = f"/v1/carts/{cart['id']}/items"
        for quantity in ("0", "-1", "-0", "1000001", "4294967297", "4294967296", "2147483648", "9223372036854775808", "1.5",
                         "1e3", "18446744073709551617", "-9223372036854775809", '"1"', "true", "1E400"):
            body = '{"product_id":"%s","quantity":%s}' % (product["id"], quantity)
            self.refused(400, "invalid_request", "POST", path, body, token=cart["token"])
        for amount in ("-1", "9223372036854775807", "9223372036854775808", "1e9", "0.5"):
            body = '{"sku":"big","name":"x","category":"HOME","price":{"amount":%s,"currency":"USD"}}' % amount
            self.refused(400, "invalid_request", "POST", "/v1/products", body, operator=True)
        self.assertEqual(self.ok(200, "GET", f"/v1/carts/{cart['id']}", token=cart["token"])["lines"], [])

    def test_amounts_that_multiply_beyond_money_are_refused_and_not_wrapped(self):
        dear = self.make_product(price=HIGHEST_PRICE)
        self.move({"product_id": dear["id"], "quantity": 1_000_000, "reason": "received"})
        cart = self.open_cart()
        answer = self.refused(409, "amount_limit", "POST", f"/v1/carts/{cart['id']}/items",
                              {"product_id": dear["id"], "quantity": 1_000_000}, token=cart["token"])
        self.assertEqual(answer.json["errors"][0]["field"], "lines[0]")
        for quantity in (SHELF_MAX + 1, 2**32 + 1, -2**31 - 1, 2**63):
            self.refused(400, "invalid_request", "POST", "/v1/stock/movements",
                         {"product_id": dear["id"], "quantity": quantity, "reason": "received"}, operator=True)
        self.refused(409, "stock_limit", "POST", "/v1/stock/movements",
                     {"product_id": dear["id"], "quantity": SHELF_MAX, "reason": "received"}, operator=True)
        self.assertEqual(self.stock(dear), (1_000_000, 0))


class Injection(AttackTest):
    NASTY = ("'; DROP TABLE orders; --", "' OR '1'='1", '" OR 1=1 --', "x' UNION SELECT value FROM meta --", "%' OR email LIKE '%",
             "\\'; DELETE FROM contacts; --")

    def test_sql_is_text_like_any_other(self):
        product = self.make_product(stock=PIECES, price=100)
        self.place((product, 1))
        for nasty in self.NASTY:
            for name in ("email", "number", "status", "cursor", "created_from"):
                path = f"/v1/orders?{name}=" + urllib.parse.quote(nasty)
                answer = self.send("GET", path, operator=True)
                self.assertTrue(answer.status == 400 or answer.json["items"] == [], (path, answer.raw))
            found = self.send("GET", "/v1/products?q=" + urllib.parse.quote(nasty))
            names = {item["name"] for item in found.json["items"]} if found.status == 200 else set()
            self.assertLessEqual(names, {product["name"], *self.NASTY}, found.raw)
            self.assertIn(found.status, (200, 400))
            for name in ("brand", "category", "ids", "sku", "sort", "attr.a", "attr.'"):
                answer = self.send("GET", f"/v1/products?{name}=" + urllib.parse.quote(nasty))
                # Words of it may well be those of a product made below, and of no other.
                self.assertTrue(answer.status == 400 or all(item["name"] in self.NASTY for item in answer.json["items"]),
                                (name, answer.raw))
            self.refused(404, "order_unknown", "GET", "/v1/orders/" + urllib.parse.quote(nasty, safe=""), operator=True)
            named = self.make_product(name=nasty, description=nasty, attributes={"a'b": nasty})
            self.assertEqual((named["name"], named["description"]), (nasty, nasty))
            mail = "o'neill" + "@example.com"
            order, _ = self.place((product, 1), contact=dict(ALICE, email=mail, name=nasty)) if nasty == self.NASTY[0] \
                else (None, None)
            if order:
                shown = self.ok(200, "GET", f"/v1/orders/{order['id']}", operator=True)
                self.assertEqual(shown["contact"]["name"], nasty)
                found = self.ok(200, "GET", "/v1/orders?email=" + urllib.parse.quote(mail), operator=True)["items"]
                self.assertEqual([item["id"] for item in found], [order["id"]])
        self.assertEqual(self.stock(product), (PIECES, 2))

    def test_nobody_writes_a_line_of_the_log_or_of_a_head(self):
        line = "2026-01-01T00:00:00.000Z error forged by=me"
        forged = urllib.parse.quote("\r\n" + line)
        self.send("GET", "/v1/products?q=" + forged)
        self.send("GET", "/v1/orders/" + forged, operator=True)
        answer = self.refused(404, "not_found", "GET", "/" + forged)
        self.assertNotIn("forged", str(answer.headers))
        answer = self.send("GET", "/healthz", headers={"Request-Id": "a\tSet-Cookie: b=c", "Region": "main"})
        self.assertNotIn("Set-Cookie", str(answer.headers))
        self.assertEqual(self.raw(b"GET /healthz HTTP/1.1\r\n", HEAD, b"Request-Id: a\n", line.encode(), b"\r\n\r\n"), [400])
        product = self.make_product(name="\r\nforged", slug="a")
        self.assertEqual(self.send("GET", "/v1/products/" + product["id"]).json["name"], "\r\nforged")
        for text in self.server.log_text().splitlines():
            self.assertRegex(text, r"^\d{4}-\d\d-\d\dT")
            self.assertNotIn(" error ", text)


class Paths(AttackTest):
    def test_a_path_is_itself_or_nothing(self):
        self.ok(200, "GET", "/healthz")
        for path in ("/../healthz", "/./healthz", "//healthz", "/healthz/", "/healthz/.", "/%68ealthz", "/healthz%00", "/healthz;a",
                     "/healthz%2e", "/v1/../healthz", "/v1/..%2fhealthz", "/v1/products/../../etc/passwd",
                     "/docs/../../../etc/passwd", "/docs/..%2f..%2fjournal.db", "/..\\healthz", "/HEALTHZ", "/v1//products"):
            answer = Raw(self.server.port).send(b"GET ", path.encode(), b" HTTP/1.1\r\n", HEAD, b"Connection: close\r\n\r\n").read_all()
            self.assertIn(statuses(answer)[0], (400, 404), path)
            self.assertNotIn(b"root:", answer)
            self.assertNotIn(b"SQLite", answer)

    def test_an_operator_route_cannot_be_reached_by_another_spelling(self):
        product = self.make_product()
        for path in (f"/v1/products/{product['id']}", f"/v1/products/{product['id']}?x=/v1/carts"):
            for headers in ({"X-HTTP-Method-Override": "DELETE"}, {"X-Original-URL": "/v1/orders"}, {"X-Rewrite-URL": "/v1/orders"},
                            {"X-Forwarded-Host": "evil.example"}):
                answer = self.send("GET", path, headers=headers)
                self.assertIn(answer.status, (200, 400))
            self.refused(401, "unauthorized", "DELETE", path)
        self.assertEqual(self.ok(200, "GET", f"/v1/products/{product['id']}")["status"], "active")


class Forgery(AttackTest):
    def test_ids_of_orders_tell_nothing_of_the_next(self):
        product = self.make_product(stock=PIECES)
        bought = [self.place((product, 1)) for _ in range(3)]
        ids = [order["id"] for order, _ in bought]
        for left, right in zip(ids, ids[1:]):
            same = sum(a == b for a, b in zip(left[4:], right[4:]))
            self.assertLess(same, 8, (left, right))  # 22 characters of 64: by chance hardly ever

    def test_an_order_of_somebody_else_and_one_that_is_not_answer_alike(self):
        product = self.make_product(stock=PIECES)
        order, cart = self.place((product, 1))
        other = self.open_cart((product, 1))
        changed = order["id"][:-2] + ("AA" if order["id"][-2:] != "AA" else "BA")
        for method, action in (("GET", ""), ("POST", "/cancel")):
            answers = [self.refused(404, "order_unknown", method, f"/v1/orders/{identity}{action}", token=other["token"],
                                    headers={"Request-Id": "same"})
                       for identity in (order["id"], changed, "ord_" + "A" * 22)]
            self.assertEqual(len({answer.raw for answer in answers}), 1)
        for identity in (cart["id"], cart["id"][:-2] + "AA"):
            self.refused(404, "cart_unknown", "GET", f"/v1/carts/{identity}", token=other["token"])

    def test_a_token_with_one_character_changed_opens_nothing(self):
        cart = self.open_cart()
        token = cart["token"]
        for place in range(len(token)):
            changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1:]
            self.refused(401, "invalid_token", "GET", f"/v1/carts/{cart['id']}", token=changed)
        for made_up in (token[:-1], token + "A", cart["id"], cart["id"][4:], "A" * 32, "null", "0"):
            self.refused(401, "invalid_token", "GET", f"/v1/carts/{cart['id']}", token=made_up)

    def test_a_cursor_is_of_its_list_and_nobody_makes_one(self):
        for _ in range(4):
            self.make_product()
        path = "/v1/products?limit=2&cursor="
        cursor = self.ok(200, "GET", "/v1/products?limit=2")["next_cursor"]
        self.ok(200, "GET", path + cursor)
        for place in range(len(cursor)):
            changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1:]
            self.refused(400, "invalid_cursor", "GET", path + changed)
        self.refused(400, "invalid_cursor", "GET", "/v1/products?limit=2&sort=price&cursor=" + cursor)
        self.refused(400, "invalid_cursor", "GET", "/v1/orders?cursor=" + cursor, operator=True)

    def test_two_credentials_are_not_mixed(self):
        product = self.make_product(stock=PIECES)
        order, cart = self.place((product, 1))
        other = self.open_cart()
        # The cart's token does not open another cart, and no order of it, whatever the body says.
        self.refused(404, "cart_unknown", "POST", f"/v1/carts/{cart['id']}/items",
                     {"product_id": product["id"], "quantity": 1}, token=other["token"])
        self.refused(403, "forbidden", "POST", f"/v1/orders/{order['id']}/confirm", token=cart["token"])
        self.refused(401, "invalid_token", "POST", f"/v1/orders/{order['id']}/confirm", token=cart["token"],
                     headers={"Authorization": "Bearer " + cart["token"]})

