"""Reviews: who may write one, what becomes of it, what the product is rated then, and who may see it."""
from server import eventually
from test_operators import OperatorTest


class ReviewTest(OperatorTest):
    settings = {**OperatorTest.settings, "SHOPD_REVIEW_TEXT_MAX": "60"}

    def deliver(self, session, product, steps=("confirm", "ship", "deliver")):
        cart = self.open_cart((product, 1), customer_id=session["customer"]["id"])
        order = self.checkout(cart)
        self.assertEqual(order.status, 201, order.raw)
        for step in steps:
            self.operate(order.json, step)
        return order.json

    def reader(self, product):
        """Somebody who was sent the product."""
        session = self.register()
        self.deliver(session, product)
        return session

    def write(self, session, product, stars=4, text="Good", status=201, **fields):
        return self.ok(status, "POST", f"/v1/products/{product['id']}/reviews", {"stars": stars, "text": text, **fields},
                       headers=self.bearer(session))

    def rating(self, product):
        rating = self.ok(200, "GET", "/v1/products/" + product["id"])["rating"]
        return rating["average"], rating["count"]

    def listed(self, product):
        return [item["id"] for item in self.ok(200, "GET", f"/v1/products/{product['id']}/reviews")["items"]]


class Reviews(ReviewTest):
    def test_a_review_is_written_read_changed_and_taken_back(self):
        product = self.make_product(stock=9)
        session = self.reader(product)
        path = f"/v1/products/{product['id']}/reviews"
        answer = self.send("POST", path, {"stars": 4, "text": "Föur \"stars\"\n", "author": "A."},
                           headers=self.bearer(session))
        self.assertEqual(answer.status, 201, answer.raw)
        made = answer.json
        self.assertEqual(answer.headers["Location"], "/v1/reviews/" + made["id"])
        self.assertEqual((made["stars"], made["text"], made["author"], made["status"], made["product_id"]),
                         (4, "Föur \"stars\"\n", "A.", "shown", product["id"]))
        one = self.send("GET", "/v1/reviews/" + made["id"])
        self.assertEqual((one.json, one.headers["Cache-Control"]), (made, "no-cache"))
        self.assertEqual(self.ok(200, "GET", path), {"items": [made], "next_cursor": None})
        self.assertEqual(self.rating(product), (4.0, 1))
        changed = self.ok(200, "PUT", "/v1/reviews/" + made["id"], {"stars": 1, "text": "Broke"},
                          headers=self.bearer(session))
        self.assertEqual((changed["stars"], changed["text"], changed["author"], changed["created_at"]),
                         (1, "Broke", None, made["created_at"]))
        self.assertEqual(self.rating(product), (1.0, 1))
        self.ok(204, "DELETE", "/v1/reviews/" + made["id"], headers=self.bearer(session))
        self.assertEqual((self.listed(product), self.rating(product)), ([], (None, 0)))
        for method, body in (("GET", None), ("PUT", {"stars": 1, "text": "x"}), ("DELETE", None)):
            self.refused(404, "review_unknown", method, "/v1/reviews/" + made["id"], body, headers=self.bearer(session))
        again = self.write(session, product, 5)
        self.assertEqual((again["id"], self.rating(product)), (made["id"], (5.0, 1)))

    def test_who_was_not_sent_it_may_not_review_it(self):
        product, other = self.make_product(stock=9), self.make_product(stock=9)
        path = f"/v1/products/{product['id']}/reviews"
        body = {"stars": 5, "text": "Never seen it"}
        stranger, waiting, elsewhere = self.register(), self.register(), self.reader(other)
        order = self.deliver(waiting, product, ("confirm", "ship"))
        for session in (stranger, waiting, elsewhere):
            self.refused(409, "not_delivered", "POST", path, body, headers=self.bearer(session))
        self.operate(order, "deliver")
        self.write(waiting, product)
        self.refused(409, "review_exists", "POST", path, body, headers=self.bearer(waiting))
        self.assertEqual(self.rating(product), (4.0, 1))

    def test_orders_that_left_memory_count(self):
        product = self.make_product(stock=9)
        session = self.reader(product)
        self.ok(200, "GET", "/v1/orders?status=delivered", operator=True)  # they are in the tables now
        self.assertEqual(self.server.end(), 0)
        self.server.start()
        self.setUp()
        self.write(session, product)
        self.assertEqual(self.rating(product), (4.0, 1))
        self.assertEqual(self.server.end(), 0)
        self.server.audit()
        self.server.start()
        self.setUp()
        self.assertEqual(len(self.listed(product)), 1)

    def test_wrong_senders_are_refused(self):
        product = self.make_product(stock=9)
        author, other = self.reader(product), self.reader(product)
        review = self.write(author, product)
        path, one = f"/v1/products/{product['id']}/reviews", "/v1/reviews/" + review["id"]
        body = {"stars": 1, "text": "x"}
        cart = self.open_cart()
        ended = self.register()
        self.ok(204, "DELETE", "/v1/sessions/current", headers=self.bearer(ended))
        for method, at in (("POST", path), ("PUT", one)):
            self.refused(401, "unauthorized", method, at, body)
            self.refused(401, "invalid_token", method, at, body, headers=self.bearer(ended))
            self.refused(403, "forbidden", method, at, body, operator=True)
            self.refused(403, "forbidden", method, at, body, token=cart["token"])
            key = self.with_key(self.make_key("catalog:write"))
            self.refused(403, "forbidden", method, at, body, headers=key)
        self.refused(401, "unauthorized", "DELETE", one)
        self.refused(401, "invalid_token", "DELETE", one, headers=self.bearer(ended))
        # Somebody else's is as if it were not there.
        self.refused(404, "review_unknown", "PUT", one, body, headers=self.bearer(other))
        self.refused(404, "review_unknown", "DELETE", one, headers=self.bearer(other))
        self.refused(403, "forbidden", "DELETE", one, token=cart["token"])
        reads = self.with_key(self.make_key("catalog:read", "orders:write"))
        self.refused(403, "forbidden", "DELETE", one, headers=reads)
        self.assertEqual(self.ok(200, "GET", one), review)

    def test_the_staff_takes_a_review_out_for_good_and_it_is_told(self):
        product = self.make_product(stock=9)
        author = self.reader(product)
        staff, session = self.with_role("staff")
        review = self.write(author, product, text="Buy at casino.example!")
        one = "/v1/reviews/" + review["id"]
        self.ok(204, "DELETE", one, headers=staff)
        self.assertEqual((self.listed(product), self.rating(product)), ([], (None, 0)))
        self.refused(404, "review_unknown", "GET", one)
        self.refused(409, "review_removed", "DELETE", one, operator=True)
        self.refused(409, "review_removed", "PUT", one, {"stars": 1, "text": "x"}, headers=self.bearer(author))
        self.refused(409, "review_removed", "DELETE", one, headers=self.bearer(author))
        self.refused(409, "review_removed", "POST", f"/v1/products/{product['id']}/reviews", {"stars": 1, "text": "x"},
                     headers=self.bearer(author))
        action = next(item for item in self.ok(200, "GET", "/v1/audit", operator=True)["items"]
                      if item["action"] == "review_remove")
        self.assertEqual((action["by"], action["subject"]),
                         ({"type": "staff", "id": session["customer"]["id"]}, {"type": "review", "id": review["id"]}))
        exported = self.ok(200, "GET", "/v1/customers/me/export", headers=self.bearer(author))["reviews"]
        self.assertEqual([(item["id"], item["status"], item["text"]) for item in exported],
                         [(review["id"], "removed", None)])
        for path in self.server.files():
            self.assertNotIn(b"casino.example", path.read_bytes(), path)

    def test_faults_are_told(self):
        product = self.make_product(stock=9)
        session = self.reader(product)
        path = f"/v1/products/{product['id']}/reviews"
        for body, *faults in (({}, ("stars", "missing"), ("text", "missing")),
                              ({"stars": 0, "text": "x"}, ("stars", "out_of_range")),
                              ({"stars": 6, "text": "x"}, ("stars", "out_of_range")),
                              ({"stars": 4.5, "text": "x"}, ("stars", "wrong_type")),
                              ({"stars": 4, "text": 7}, ("text", "wrong_type")),
                              ({"stars": 4, "text": "x" * 61}, ("text", "too_long")),
                              ({"stars": 4, "text": "x", "author": "x" * 101}, ("author", "too_long")),
                              ({"stars": 4, "text": "x", "title": "x"}, ("title", "unknown_field"))):
            answer = self.refused(400, "invalid_request", "POST", path, body, headers=self.bearer(session))
            self.assertEqual(answer.fields, set(faults), body)
        review = self.write(session, product, text="x" * 60)
        answer = self.refused(400, "invalid_request", "PUT", "/v1/reviews/" + review["id"], {"stars": 9, "text": "x"},
                              headers=self.bearer(session))
        self.assertEqual(answer.fields, {("stars", "out_of_range")})
        self.refused(404, "product_unknown", "GET", "/v1/products/prd_x/reviews")
        self.refused(404, "product_unknown", "POST", "/v1/products/prd_x/reviews", {"stars": 1, "text": "x"},
                     headers=self.bearer(session))
        self.refused(400, "invalid_cursor", "GET", path + "?cursor=x")
        answer = self.refused(400, "invalid_request", "GET", path + "?limit=101&odd=1")
        self.assertEqual({field for field, _ in answer.fields}, {"limit", "odd"})
        for method, body in (("GET", None), ("PUT", {"stars": 1, "text": "x"}), ("DELETE", None)):
            self.refused(404, "review_unknown", method, "/v1/reviews/rev_x", body, headers=self.bearer(session))

    def test_pages_are_whole_and_in_order(self):
        product = self.make_product(stock=9)
        reviews = [self.write(self.reader(product), product, 1 + i) for i in range(5)]
        path = f"/v1/products/{product['id']}/reviews?limit=2"
        self.assertEqual(self.rating(product), (3.0, 5))
        seen, cursor = [], ""
        while cursor is not None:
            page = self.ok(200, "GET", path + cursor)
            seen += [item["id"] for item in page["items"]]
            if len(seen) == 2:  # what goes meanwhile does not lead the pages astray
                self.ok(204, "DELETE", "/v1/reviews/" + seen[-1], operator=True)
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        self.assertEqual(seen, [review["id"] for review in reversed(reviews)])
        other = self.make_product()
        first = self.ok(200, "GET", path)
        self.refused(400, "invalid_cursor", "GET",
                     f"/v1/products/{other['id']}/reviews?cursor={first['next_cursor']}")

    def test_a_lost_update_is_refused_and_what_a_reader_has_is_not_sent_again(self):
        product = self.make_product(stock=9)
        session = self.reader(product)
        review = self.write(session, product)
        one, body = "/v1/reviews/" + review["id"], {"stars": 2, "text": "Hm"}
        tag = self.send("GET", one).headers["ETag"]
        self.assertEqual(self.send("GET", one, headers={"If-None-Match": tag}).status, 304)
        page = self.send("GET", f"/v1/products/{product['id']}/reviews")
        self.assertEqual(page.headers["Cache-Control"], "no-cache")
        self.assertEqual(self.send("GET", f"/v1/products/{product['id']}/reviews",
                                   headers={"If-None-Match": page.headers["ETag"]}).status, 304)
        changed = self.send("PUT", one, body, headers=self.bearer(session, **{"If-Match": tag}))
        self.assertEqual(changed.status, 200, changed.raw)
        for method, sent in (("PUT", body), ("DELETE", None)):
            self.refused(412, "version_changed", method, one, sent, headers=self.bearer(session, **{"If-Match": tag}))
        self.ok(204, "DELETE", one, headers=self.bearer(session, **{"If-Match": changed.headers["ETag"]}))

    def test_what_is_sent_twice_is_done_once(self):
        product = self.make_product(stock=9)
        session = self.reader(product)
        path, body = f"/v1/products/{product['id']}/reviews", {"stars": 4, "text": "Once"}
        first = self.send("POST", path, body, headers=self.bearer(session), key="rev-1")
        again = self.send("POST", path, body, headers=self.bearer(session), key="rev-1")
        self.assertEqual((first.status, again.status, again.raw), (201, 201, first.raw))
        self.refused(422, "idempotency_key_reused", "POST", path, {"stars": 1, "text": "Once"},
                     headers=self.bearer(session), key="rev-1")
        one = "/v1/reviews/" + first.json["id"]
        for _ in range(2):
            self.assertEqual(self.send("DELETE", one, headers=self.bearer(session), key="rev-2").status, 204)
        self.assertEqual(self.rating(product), (None, 0))

    def test_the_rating_follows_in_search(self):
        word = "zorbreviewed"
        better, worse = (self.make_product(stock=9, name=f"{word} {i}") for i in range(2))
        self.write(self.reader(worse), worse, 2)
        review = self.write(reader := self.reader(better), better, 5)

        def found(more):
            return [item["id"] for item in self.ok(200, "GET", f"/v1/products?q={word}{more}")["items"]]
        self.assertEqual(eventually(lambda: found("&sort=-rating"), lambda ids: ids == [better["id"], worse["id"]]),
                         [better["id"], worse["id"]])
        self.assertEqual(found("&min_rating=4"), [better["id"]])
        self.ok(200, "PUT", "/v1/reviews/" + review["id"], {"stars": 1, "text": "Hm"}, headers=self.bearer(reader))
        self.assertEqual(eventually(lambda: found("&sort=-rating"), lambda ids: ids == [worse["id"], better["id"]]),
                         [worse["id"], better["id"]])

    def test_an_erased_account_leaves_its_stars_and_none_of_its_words(self):
        product = self.make_product(stock=9)
        session = self.reader(product)
        needles = (b"Unspeakable.unique", b"Una Unique")
        review = self.write(session, product, 5, text=needles[0].decode(), author=needles[1].decode())
        self.write(self.reader(product), product, 2)
        self.ok(204, "DELETE", "/v1/customers/me", headers=self.bearer(session))
        shown = self.ok(200, "GET", "/v1/reviews/" + review["id"])
        self.assertEqual((shown["stars"], shown["text"], shown["author"], shown["status"]), (5, None, None, "shown"))
        self.assertEqual(self.rating(product), (3.5, 2))
        for path in self.server.files():
            data = path.read_bytes()
            for needle in needles:
                self.assertNotIn(needle, data, path)
        self.ok(204, "DELETE", "/v1/reviews/" + review["id"], operator=True)
        self.assertEqual(self.rating(product), (2.0, 1))

    def test_an_export_has_all_reviews_and_orders_page_by_page(self):
        session = self.register()
        products = [self.make_product(stock=9) for _ in range(3)]
        orders = [self.deliver(session, product)["id"] for product in products]
        reviews = [self.write(session, product, text=f"No {i}")["id"] for i, product in enumerate(products[:2])]
        path, cursor, pages = "/v1/customers/me/export?limit=1", "", []
        while cursor is not None:
            page = self.ok(200, "GET", path + cursor, headers=self.bearer(session))
            pages.append(page)
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        self.assertEqual([item["id"] for page in pages for item in page["orders"]], orders[::-1])
        self.assertEqual([item["id"] for page in pages for item in page["reviews"]], reviews[::-1])
        self.assertEqual([item["text"] for page in pages for item in page["reviews"]], ["No 1", "No 0"])


class Limits(ReviewTest):
    settings = {**ReviewTest.settings, "SHOPD_REVIEWS_MAX": "1"}

    def test_there_is_a_limit_of_reviews(self):
        product = self.make_product(stock=9)
        self.write(self.reader(product), product)
        self.refused(409, "review_limit", "POST", f"/v1/products/{product['id']}/reviews", {"stars": 1, "text": "x"},
                     headers=self.bearer(self.reader(product)))
