"""GET /v1/products and GET /v1/suggest as a shopper sees them: every parameter, every change at once, every fault named."""
import urllib.parse

from server import ShopTest


def escape(words):
    return urllib.parse.quote(words, safe="")


class SearchTest(ShopTest):
    def page(self, **parameters):
        query = "&".join(f"{name.replace('__', '.')}={escape(str(value))}" for name, value in parameters.items())
        return self.ok(200, "GET", "/v1/products?" + query)

    def names(self, **parameters):
        return [item["name"] for item in self.page(**parameters)["items"]]

    def suggestions(self, words, **parameters):
        query = "".join(f"&{name}={value}" for name, value in parameters.items())
        return self.ok(200, "GET", f"/v1/suggest?q={escape(words)}{query}")["items"]

    def change(self, product, **fields):
        return self.ok(200, "PATCH", "/v1/products/" + product["id"], fields, operator=True)

    def faults(self, query, path="/v1/products"):
        return self.refused(400, "invalid_request", "GET", f"{path}?{query}").fields


class Words(SearchTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shop = cls("setUp")
        shop.setUp()
        shop.make_product(name="Wireless Headphones", brand="Sóny", category="ELECTRONICS", stock=3,
                          description="With noise cancelling")
        shop.make_product(name="Wired headphones", brand="Acme", category="ELECTRONICS", stock=3)
        shop.make_product(name="Women's T-shirt", category="CLOTHING", stock=3)
        shop.make_product(name="Diode SS14", sku="D-14/a", category="ELECTRONICS", stock=3)
        shop.make_product(name="Diode SS16", sku="d-16", category="ELECTRONICS", stock=3)
        shop.make_product(name="Café crème", category="HOME", stock=3)
        shop.doCleanups()

    def test_words_are_found_in_name_brand_category_description_and_sku(self):
        for words in ("headphone wireless", "SONY", "sóny headphones", "noise", "electronics wireless"):
            self.assertEqual(self.names(q=words), ["Wireless Headphones"], words)
        self.assertEqual(self.names(q="d-14/A"), ["Diode SS14"])
        self.assertEqual(self.names(q="D-16"), ["Diode SS16"])
        self.assertEqual(self.names(q="ss14"), ["Diode SS14"])
        for words in ("womens tshirt", "women’s t-shirt", "WOMEN'S shirts"):
            self.assertEqual(self.names(q=words), ["Women's T-shirt"], words)
        self.assertEqual(self.names(q="cafe creme"), ["Café crème"])

    def test_an_answer_tells_that_it_has_all_words(self):
        page = self.page(q="headphones")
        self.assertEqual((page["matched"], page["notes"], page["total"]), ("all", [], 2))
        page = self.page()
        self.assertEqual((page["matched"], page["notes"], page["total"]), ("all", [], 6))

    def test_an_answer_tells_what_was_done_to_the_words(self):
        page = self.page(q="wireless headpones")
        self.assertEqual((page["matched"], page["notes"]), ("some", [{"word": "headpones", "used": "headphones"}]))
        self.assertEqual([item["name"] for item in page["items"]], ["Wireless Headphones"])
        page = self.page(q="headphones qqqqqqqq")
        self.assertEqual((page["matched"], page["notes"]), ("some", [{"word": "qqqqqqqq", "used": None}]))
        self.assertEqual(page["total"], 2)
        page = self.page(q="qqqqqqqq")
        self.assertEqual((page["total"], page["items"]), (0, []))

    def test_suggestions_complete_what_is_typed(self):
        found = self.suggestions("headph")
        self.assertIn(("words", "headphones"), {(item["kind"], item["text"]) for item in found})
        found = self.suggestions("elec")
        category = [item for item in found if item["kind"] == "category"][0]
        self.assertEqual(category["text"], "ELECTRONICS")
        self.assertEqual(len(self.page(category=category["id"])["items"]), 4)
        found = self.suggestions("acm")
        self.assertIn(("brand", "Acme"), {(item["kind"], item["text"]) for item in found})
        product = [item for item in self.suggestions("wireless head") if item["kind"] == "product"][0]
        self.assertEqual(self.ok(200, "GET", "/v1/products/" + product["id"])["name"], "Wireless Headphones")
        self.assertEqual(len(self.suggestions("d", limit=1)), 1)
        self.assertEqual(self.suggestions("qqqq"), [])
        self.assertEqual(self.suggestions(""), [])

    def test_suggestions_of_words_find_products(self):
        for beginning in ("h", "wi", "di", "caf", "sh", "tsh"):
            for item in self.suggestions(beginning, limit=20):
                if item["kind"] == "words":
                    page = self.page(q=item["text"])
                    self.assertEqual(page["matched"], "all", item)
                    self.assertGreater(page["total"], 0, item)


class Filters(SearchTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shop = cls("setUp")
        shop.setUp()
        shop.ok(201, "POST", "/v1/categories", {"name": "Lamps", "parent": "HOME"}, operator=True)
        for number in range(1, 13):
            shop.make_product(name=f"Thing {number}", price=number * 100, stock=number % 3, brand="Acmé" if number % 2 else "Zed",
                              category="HOME > Lamps" if number <= 6 else "BOOKS", attributes={"size": "SML"[number % 3]})
        for number, price in enumerate((900, 300, 600)):
            shop.make_product(name=f"Shirt {number}", price=price, family="shirt", category="CLOTHING", options={"size": str(price)},
                              stock=0 if price == 300 else 5)
        shop.doCleanups()

    def test_each_filter_narrows_the_list(self):
        def numbers(**parameters):
            return sorted(int(name.split()[1]) for name in self.names(q="thing", limit=100, **parameters))
        everything = list(range(1, 13))
        self.assertEqual(numbers(), everything)
        self.assertEqual(numbers(category="HOME"), everything[:6])
        self.assertEqual(numbers(category="home > lamps"), everything[:6])
        self.assertEqual(numbers(min_price=300, max_price=500), [3, 4, 5])
        self.assertEqual(numbers(min_price=300, max_price=300), [3])
        self.assertEqual(numbers(max_price=0), [])
        self.assertEqual(numbers(brand="ACME"), everything[::2])
        self.assertEqual(numbers(brand="nobody"), [])
        self.assertEqual(numbers(in_stock="true"), [n for n in everything if n % 3])
        self.assertEqual(numbers(in_stock="false"), everything)
        self.assertEqual(numbers(attr__size="M"), [1, 4, 7, 10])
        self.assertEqual(numbers(attr__size="m"), [])
        self.assertEqual(numbers(attr__size="M", attr__color="red"), [])
        self.assertEqual(numbers(min_rating="4.5"), [])
        self.assertEqual(numbers(min_rating=0), everything)
        self.assertEqual(numbers(category="BOOKS", brand="zed", in_stock="true", min_price=700, attr__size="M"), [10])

    def test_every_sort_orders_the_list(self):
        def numbers(sort):
            return [int(name.split()[1]) for name in self.names(q="thing", sort=sort, limit=100)]
        up, down = list(range(1, 13)), list(range(12, 0, -1))
        self.assertEqual(numbers("price"), up)
        self.assertEqual(numbers("-price"), down)
        self.assertEqual(numbers("-created"), down)
        self.assertEqual(numbers("-rating"), up)
        self.assertEqual(numbers("-sold"), up)
        self.assertEqual(sorted(numbers("relevance")), up)
        self.assertEqual(self.names(limit=3), ["Thing 1", "Thing 2", "Thing 3"])

    def test_a_family_is_one_hit_the_cheapest_that_matches(self):
        page = self.page(q="shirt")
        self.assertEqual([(item["name"], item["options"]) for item in page["items"]], [("Shirt 1", {"size": "300"})])
        self.assertEqual(page["total"], 1)
        self.assertEqual(self.names(q="shirt", in_stock="true"), ["Shirt 2"])
        self.assertEqual(self.names(q="shirt", min_price=700), ["Shirt 0"])
        self.assertEqual(self.names(category="CLOTHING", sort="-price"), ["Shirt 1"])
        all_of_it = [item["id"] for item in (self.page(q="shirt")["items"] + self.page(q="shirt", min_price=700)["items"])]
        page = self.page(ids=",".join(all_of_it), sort="price")
        self.assertEqual([item["name"] for item in page["items"]], ["Shirt 1", "Shirt 0"])

    def test_a_facet_is_the_total_that_choosing_it_gives(self):
        for chosen in ({}, {"q": "thing"}, {"category": "HOME", "brand": "zed"}, {"in_stock": "true", "min_price": 300},
                       {"q": "thing", "max_price": 700, "brand": "acme"}):
            facets = self.page(facets="true", **chosen)["facets"]
            self.assertGreater(len(facets["brands"]) + len(facets["categories"]), 0, chosen)
            for entry in facets["categories"]:
                self.assertEqual(self.page(**{**chosen, "category": entry["id"]})["total"], entry["count"], (chosen, entry))
            for entry in facets["brands"]:
                self.assertEqual(self.page(**{**chosen, "brand": entry["brand"]})["total"], entry["count"], (chosen, entry))
            for entry in facets["prices"]:
                band = {"min_price": entry["from"]} | ({"max_price": entry["to"] - 1} if entry["to"] is not None else {})
                others = {name: value for name, value in chosen.items() if name not in ("min_price", "max_price")}
                self.assertEqual(self.page(**others, **band)["total"], entry["count"], (chosen, entry))
            for entry in facets["ratings"]:
                self.assertEqual(self.page(**{**chosen, "min_rating": entry["at_least"]})["total"], entry["count"])
            self.assertEqual(self.page(**{**chosen, "in_stock": "true"})["total"], facets["in_stock"])

    def test_pages_follow_each_other_to_the_end(self):
        for sort in ("relevance", "price", "-price", "-rating", "-created", "-sold"):
            whole = self.names(sort=sort, limit=100)
            self.assertEqual(len(whole), 13)
            for limit in (1, 5, 12, 13):
                walked, cursor = [], None
                while True:
                    page = self.page(sort=sort, limit=limit, **({"cursor": cursor} if cursor else {}))
                    self.assertEqual(page["total"], 13)
                    walked += [item["name"] for item in page["items"]]
                    cursor = page["next_cursor"]
                    if cursor is None:
                        break
                self.assertEqual(walked, whole, (sort, limit))

    def test_forged_and_foreign_cursors_are_refused(self):
        cursor = self.page(sort="price", limit=2)["next_cursor"]
        self.page(sort="price", limit=7, cursor=cursor)
        for query in (f"sort=-price&cursor={cursor}", f"sort=price&q=thing&cursor={cursor}", f"sort=price&brand=zed&cursor={cursor}",
                      "sort=price&cursor=", "sort=price&cursor=AAAA", f"sort=price&cursor={cursor[:-2]}",
                      f"sort=price&cursor={cursor}A", f"sort=price&cursor={('B' if cursor[5] == 'A' else 'A').join((cursor[:5], cursor[6:]))}"):
            self.refused(400, "invalid_cursor", "GET", "/v1/products?" + query)


class Changes(SearchTest):
    """Whoever got an answer to a write finds it in the next search."""

    def test_price_stock_name_category_brand_archive_and_new(self):
        shelf = self.ok(201, "POST", "/v1/categories", {"name": "Shelves", "parent": "HOME"}, operator=True)
        for turn in range(20):
            word = f"zorb{'abcdefghijklmnopqrst'[turn]}x"
            product = self.make_product(name=f"{word} one", price=500)
            self.assertEqual(self.names(q=word), [f"{word} one"])
            self.assertEqual(self.page(q=word)["items"][0]["id"], product["id"])
            self.change(product, price={"amount": 700 + turn, "currency": "USD"})
            self.assertEqual(self.names(q=word, min_price=700 + turn, max_price=700 + turn), [f"{word} one"])
            self.assertEqual(self.names(q=word, max_price=600), [])
            self.assertEqual(self.names(q=word, in_stock="true"), [])
            self.move({"product_id": product["id"], "quantity": 2, "reason": "received"})
            self.assertEqual(self.names(q=word, in_stock="true"), [f"{word} one"])
            self.assertEqual(self.page(q=word)["items"][0]["available"], 2)
            self.move({"product_id": product["id"], "quantity": -2, "reason": "damaged"})
            self.assertEqual(self.names(q=word, in_stock="true"), [])
            self.change(product, name=f"{word}y two", brand="Brandnew")
            self.assertEqual(self.names(q=f"{word}y"), [f"{word}y two"])
            self.assertEqual(self.names(q=f"{word}y brandnew", brand="BRANDNEW"), [f"{word}y two"])
            self.change(product, category=shelf["id"])
            self.assertEqual(self.names(q=f"{word}y shelf", category="HOME > Shelves"), [f"{word}y two"])
            self.ok(200, "DELETE", "/v1/products/" + product["id"], operator=True)
            self.assertEqual(self.page(q=f"{word}y")["total"], 0)
            self.change(product, status="active")
            self.assertEqual(self.names(q=f"{word}y"), [f"{word}y two"])
            self.ok(200, "DELETE", "/v1/products/" + product["id"], operator=True)

    def test_a_category_that_is_renamed_or_moved(self):
        category = self.ok(201, "POST", "/v1/categories", {"name": "Gizmos", "parent": "HOME"}, operator=True)
        self.make_product(name="Whatsit", category=category["id"])
        self.assertEqual(self.names(q="gizmo whatsit"), ["Whatsit"])
        self.ok(200, "PATCH", "/v1/categories/" + category["id"], {"name": "Gadgets", "parent": "SPORTS"}, operator=True)
        self.assertEqual(self.names(q="gadgets whatsit sports", category="SPORTS"), ["Whatsit"])
        self.assertEqual(self.names(q="whatsit", category="HOME"), [])

    def test_a_sale_takes_the_last_piece_out_of_the_list(self):
        product = self.make_product(name="Lastone", stock=1)
        self.assertEqual(self.names(q="lastone", in_stock="true"), ["Lastone"])
        order, cart = self.place((product, 1))
        self.assertEqual(self.names(q="lastone", in_stock="true"), [])
        self.ok(200, "POST", f"/v1/orders/{order['id']}/cancel", {"reason": "x"}, token=cart["token"])
        self.assertEqual(self.names(q="lastone", in_stock="true"), ["Lastone"])
        self.assertEqual(self.names(q="lastone", sort="-sold"), ["Lastone"])

    def test_what_was_sold_most_goes_first(self):
        slow, fast = self.make_product(name="Sellable slow", stock=9), self.make_product(name="Sellable fast", stock=9)
        self.assertEqual(self.names(q="sellable", sort="-sold"), ["Sellable slow", "Sellable fast"])
        self.place((fast, 3), key="sold-1")
        self.assertEqual(self.names(q="sellable", sort="-sold"), ["Sellable fast", "Sellable slow"])
        self.place((slow, 4), key="sold-2")
        self.assertEqual(self.names(q="sellable", sort="-sold"), ["Sellable slow", "Sellable fast"])

    def test_the_same_is_found_after_a_start(self):
        product = self.make_product(name="Survivor", stock=1, brand="Döner")
        before = self.page(q="survivor doner", facets="true")
        self.assertEqual(before["items"][0]["id"], product["id"])
        cursor = self.page(limit=1, sort="price")["next_cursor"]
        self.assertEqual(self.server.end(), 0)
        self.server.start()
        self.setUp()
        self.assertEqual(self.page(q="survivor doner", facets="true"), before)
        if cursor:
            self.page(limit=1, sort="price", cursor=cursor)


class BadInput(SearchTest):
    def test_every_bad_value_is_named(self):
        for query, fault in {
                "min_price=abc": ("min_price", None), "min_price=-1": ("min_price", "out_of_range"), "max_price=1.5": ("max_price", None),
                "max_price=99999999999999999999": ("max_price", None), "min_rating=abc": ("min_rating", None),
                "min_rating=5.01": ("min_rating", "out_of_range"), "category=NOWHERE": ("category", "category_unknown"),
                "category=cat_AAAAAAAAAAAAAAAAAAAAAA": ("category", "category_unknown"), "sort=cheap": ("sort", "invalid_value"),
                "sort=": ("sort", "invalid_value"), "in_stock=yes": ("in_stock", "wrong_type"), "facets=1": ("facets", "wrong_type"),
                "limit=101": ("limit", "out_of_range"), "limit=x": ("limit", None), "ids=prd_x": ("ids", "invalid_id"),
                "brand=" + "x" * 101: ("brand", "too_long"), "sku=" + "x" * 65: ("sku", "too_long"), "odd=1": ("odd", "unknown_parameter"),
                "q=" + "x" * 201: ("q", "too_long"), "q=" + "+".join("a" * 17): ("q", "too_many"), "q=" + "%09".join("a" * 17): ("q", "too_many"),
                "q=a&q=b": ("q", None), "&".join(f"attr.n{n}=v" for n in range(9)): ("attr", "too_many"),
                "ids=" + ",".join(["prd_x"] * 101): ("ids", None)}.items():
            faults = self.faults(query)
            named = {field for field, _ in faults} if fault[1] is None else faults
            self.assertIn(fault[0] if fault[1] is None else fault, named, query[:60])

    def test_prices_the_wrong_way_round_are_named(self):
        faults = self.faults("min_price=500&max_price=499")
        self.assertTrue({field for field, _ in faults} & {"min_price", "max_price"}, faults)
        self.page(min_price=500, max_price=500)

    def test_bytes_that_are_no_text_are_named(self):
        for query in ("q=%ff", "q=%00", "q=a%00b", "q=%c3", "q=%ed%a0%80", "q=%zz", "q=%", "brand=%ff", "category=%fe", "attr.x=%ff"):
            faults = self.faults(query)
            self.assertTrue({field for field, _ in faults}, query)
            self.assertTrue(any(query.split("=")[0].startswith(field.split(".")[0]) for field, _ in faults), (query, faults))

    def test_ten_kilobytes_are_refused(self):
        for path in ("/v1/products", "/v1/suggest"):
            for query in ("q=" + "x" * 10240, "q=" + "a+" * 5120):
                answer = self.send("GET", f"{path}?{query}")
                self.assertEqual(answer.status, 400, answer.raw)
                self.assertIn("q", {field for field, _ in answer.fields})

    def test_odd_words_do_no_harm(self):
        self.make_product(name="Plain thing")
        for words in ("", " ", "@", "''", "-", "---", "a-", "-a", "’", "\u200b", "日本語", "ไทย", "🎉", "́", "x" * 200, "a " * 16,
                      "\"quoted\"", "a*", "(a OR b)", "\\", "'; DROP TABLE", "\t\n", "ﬁ", "İ", "ß" * 100):
            page = self.page(q=words)
            self.assertLessEqual(len(page["items"]), page["total"])
            self.suggestions(words)

    def test_faults_of_suggest_are_named(self):
        self.assertIn(("q", "missing"), self.faults("", "/v1/suggest"))
        self.assertIn(("limit", "out_of_range"), self.faults("q=a&limit=0", "/v1/suggest"))
        self.assertIn(("limit", "out_of_range"), self.faults("q=a&limit=21", "/v1/suggest"))
        self.assertIn(("odd", "unknown_parameter"), self.faults("q=a&odd=1", "/v1/suggest"))
        self.assertIn("q", {field for field, _ in self.faults("q=%ff", "/v1/suggest")})
        self.assertIn(("q", "too_long"), self.faults("q=" + "x" * 201, "/v1/suggest"))
        self.assertIn(("q", "too_many"), self.faults("q=" + "+".join("a" * 17), "/v1/suggest"))
