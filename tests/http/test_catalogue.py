from server import ShopTest


class Catalogue(ShopTest):
    def test_a_product_is_made_read_changed_and_archived(self):
        body = {"sku": "LAP-1", "name": "Laptop", "slug": "laptop", "description": "Light", "brand": "Acme",
                "category": "ELECTRONICS", "price": {"amount": 99999, "currency": "USD"},
                "images": ["https://example.com/1.jpg"], "family": "laptops", "options": {"size": "13"},
                "attributes": {"colour": "grey"}, "metadata": {"erp": {"id": 7}}, "low_stock_threshold": 3}
        made = self.send("POST", "/v1/products", body, operator=True)
        self.assertEqual(made.status, 201, made.raw)
        self.assertRegex(made.headers["ETag"], r'^"1-[\w-]{11}"$')
        self.assertEqual(made.headers["Location"], "/v1/products/" + made.json["id"])
        for name, value in body.items():
            self.assertEqual(made.json[name], value, name)
        path = "/v1/products/" + made.json["id"]
        self.assertEqual(self.ok(200, "GET", path), made.json)
        changed = self.send("PATCH", path, {"price": {"amount": 89999, "currency": "USD"}, "brand": None},
                            operator=True)
        self.assertEqual((changed.status, changed.headers["ETag"][:3]), (200, '"2-'))
        self.assertEqual(changed.json["price"]["amount"], 89999)
        self.assertIsNone(changed.json["brand"])
        self.assertEqual(changed.json["name"], "Laptop")
        archived = self.ok(200, "DELETE", path, operator=True)
        self.assertEqual(archived["status"], "archived")
        self.assertEqual(self.ok(200, "GET", path)["status"], "archived")
        self.assertEqual(self.ok(200, "GET", "/v1/products?sku=LAP-1")["total"], 0)
        self.assertEqual(self.ok(200, "PATCH", path, {"status": "active"}, operator=True)["status"], "active")

    def test_a_change_of_an_old_version_is_refused(self):
        product = self.make_product()
        path = "/v1/products/" + product["id"]
        self.ok(200, "PATCH", path, {"name": "B"}, operator=True, headers={"If-Match": '"1"'})
        self.refused(412, "version_changed", "PATCH", path, {"name": "C"}, operator=True, headers={"If-Match": '"1"'})
        self.refused(412, "version_changed", "DELETE", path, operator=True, headers={"If-Match": '"1"'})
        self.refused(400, "invalid_request", "DELETE", path, operator=True, headers={"If-Match": "x"})
        self.assertEqual(self.ok(200, "GET", path)["name"], "B")

    def test_all_faults_of_a_product_are_named(self):
        body = {"sku": "", "name": "x" * 401, "category": "NOWHERE", "price": {"amount": -1, "currency": "USD"},
                "images": [1], "options": {"a": 1}, "metadata": [], "odd": 1, "low_stock_threshold": "3"}
        answer = self.refused(400, "invalid_request", "POST", "/v1/products", body, operator=True)
        self.assertEqual(answer.fields, {
            ("sku", "missing"), ("name", "too_long"), ("category", "category_unknown"),
            ("price.amount", "out_of_range"), ("images", "wrong_type"), ("options", "wrong_type"),
            ("metadata", "wrong_type"), ("odd", "unknown_field"), ("low_stock_threshold", "wrong_type")})
        answer = self.refused(400, "invalid_request", "POST", "/v1/products", {}, operator=True)
        self.assertEqual(answer.fields, {("sku", "missing"), ("name", "missing"), ("price", "missing")})
        answer = self.refused(400, "invalid_request", "POST", "/v1/products",
                              {"sku": "E", "name": "E", "category": "HOME", "price": {"amount": 1, "currency": "EUR"}},
                              operator=True)
        self.assertEqual(answer.fields, {("price", "currency_mismatch")})

    def test_a_product_may_lie_in_no_category(self):
        body = {"sku": "LOOSE-1", "name": "Loose", "price": {"amount": 1, "currency": "USD"}}
        made = self.ok(201, "POST", "/v1/products", body, operator=True)
        self.assertIsNone(made["category"])
        path = "/v1/products/" + made["id"]
        self.assertEqual(self.ok(200, "PATCH", path, {"category": "HOME"}, operator=True)["category"], "HOME")
        self.assertIsNone(self.ok(200, "PATCH", path, {"category": ""}, operator=True)["category"])
        self.ok(201, "POST", "/v1/products", dict(body, sku="LOOSE-2", category=""), operator=True)

    def test_a_sku_is_taken_once(self):
        product = self.make_product()
        self.refused(409, "duplicate_sku", "POST", "/v1/products",
                     {"sku": product["sku"], "name": "x", "category": "HOME",
                      "price": {"amount": 1, "currency": "USD"}}, operator=True)

    def test_unknown_products_are_404(self):
        cart = self.open_cart()
        for identity in ("prd_AAAAAAAAAAAAAAAAAAAAAA", "prd_x", cart["id"]):
            self.refused(404, "product_unknown", "GET", "/v1/products/" + identity)
            self.refused(404, "product_unknown", "PATCH", "/v1/products/" + identity, {}, operator=True)

    def test_only_operators_change_the_catalogue(self):
        product = self.make_product()
        token = self.open_cart()["token"]
        for method, path in (("POST", "/v1/products"), ("PATCH", "/v1/products/" + product["id"]),
                             ("DELETE", "/v1/products/" + product["id"]), ("POST", "/v1/categories")):
            self.refused(401, "unauthorized", method, path)
            self.refused(403, "forbidden", method, path, token=token)

    def test_categories_form_a_tree(self):
        parent = self.ok(201, "POST", "/v1/categories", {"name": "Garden"}, operator=True)
        child = self.ok(201, "POST", "/v1/categories", {"name": "Tools", "parent": "Garden"}, operator=True)
        self.assertEqual(child["path"], "Garden > Tools")
        self.assertEqual(child["parent"], parent["id"])
        self.refused(409, "category_taken", "POST", "/v1/categories", {"name": "tools", "parent": parent["id"]},
                     operator=True)
        self.refused(409, "category_cycle", "PATCH", "/v1/categories/" + parent["id"], {"parent": child["id"]},
                     operator=True)
        moved = self.ok(200, "PATCH", "/v1/categories/" + child["id"], {"name": "Spades", "parent": "HOME"},
                        operator=True)
        self.assertEqual(moved["path"], "HOME > Spades")
        paths = [entry["path"] for entry in self.ok(200, "GET", "/v1/categories")["items"]]
        self.assertIn("HOME > Spades", paths)
        self.assertEqual(paths[:5], ["ELECTRONICS", "BOOKS", "CLOTHING", "HOME", "SPORTS"])
        product = self.make_product(category="home/spades")
        self.assertEqual(product["category"], "HOME > Spades")
        self.ok(201, "POST", "/v1/categories", {"name": "Cups/Mugs", "parent": "HOME"}, operator=True)
        self.assertEqual(self.make_product(category="home > cups/mugs")["category"], "HOME > Cups/Mugs")
        self.refused(404, "category_unknown", "PATCH", "/v1/categories/cat_x", {"name": "x"}, operator=True)


    def test_a_category_moved_below_a_later_one_is_there_after_a_start(self):
        first = self.ok(201, "POST", "/v1/categories", {"name": "Early"}, operator=True)
        self.ok(201, "POST", "/v1/categories", {"name": "Late"}, operator=True)
        self.ok(200, "PATCH", "/v1/categories/" + first["id"], {"parent": "Late"}, operator=True)
        before = self.ok(200, "GET", "/v1/categories")
        self.assertEqual(self.server.end(), 0)
        self.server.start()
        self.setUp()
        self.assertEqual(self.ok(200, "GET", "/v1/categories"), before)
        self.assertEqual(before["items"][first_index(before, first)]["path"], "Late > Early")


def first_index(page, thing):
    return [item["id"] for item in page["items"]].index(thing["id"])


class Listing(ShopTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shop = cls("setUp")
        shop.setUp()
        cls.lamp = shop.make_product(name="Red lamp", price=500, brand="Lumen", attributes={"colour": "red"}, stock=3)
        cls.sofa = shop.make_product(name="Red sofa", price=90000, brand="Sit", attributes={"colour": "red"})
        cls.pen = shop.make_product(name="Blue pen", price=100, brand="Sit", category="BOOKS", stock=1)
        shop.doCleanups()

    def names(self, query):
        return [item["name"] for item in self.ok(200, "GET", "/v1/products?" + query)["items"]]

    def test_filters_narrow_the_list(self):
        self.assertEqual(self.names("q=red"), ["Red lamp", "Red sofa"])
        self.assertEqual(self.names("q=red%20sofa"), ["Red sofa"])
        self.assertEqual(self.names("category=BOOKS"), ["Blue pen"])
        self.assertEqual(self.names("min_price=500&max_price=600"), ["Red lamp"])
        self.assertEqual(self.names("brand=sit&sort=price"), ["Blue pen", "Red sofa"])
        self.assertEqual(self.names("in_stock=true&sort=-price"), ["Red lamp", "Blue pen"])
        self.assertEqual(self.names("attr.colour=red&sort=price"), ["Red lamp", "Red sofa"])
        self.assertEqual(self.names(f"ids={self.pen['id']},{self.sofa['id']}&sort=price"), ["Blue pen", "Red sofa"])
        self.assertEqual(self.names("sku=" + self.pen["sku"]), ["Blue pen"])
        self.assertEqual(self.names("q=nothing"), [])

    def test_total_and_facets_count_the_whole_result(self):
        page = self.ok(200, "GET", "/v1/products?limit=1&facets=true")
        self.assertEqual(page["total"], 3)
        self.assertEqual({entry["brand"]: entry["count"] for entry in page["facets"]["brands"]},
                         {"Sit": 2, "Lumen": 1})
        self.assertEqual(page["facets"]["in_stock"], 2)
        self.assertNotIn("facets", self.ok(200, "GET", "/v1/products"))

    def test_pages_follow_each_other(self):
        names, path = [], "/v1/products?limit=1&sort=price"
        cursor = ""
        while cursor is not None:
            page = self.ok(200, "GET", path + (f"&cursor={cursor}" if cursor else ""))
            names += [item["name"] for item in page["items"]]
            cursor = page["next_cursor"]
        self.assertEqual(names, ["Blue pen", "Red lamp", "Red sofa"])

    def test_a_cursor_of_another_list_is_refused(self):
        cursor = self.ok(200, "GET", "/v1/products?limit=1&sort=price")["next_cursor"]
        self.refused(400, "invalid_cursor", "GET", f"/v1/products?limit=1&sort=-price&cursor={cursor}")
        self.refused(400, "invalid_cursor", "GET", "/v1/products?limit=1&sort=price&cursor=AAAA")
        changed = ("B" if cursor[0] == "A" else "A") + cursor[1:]
        self.refused(400, "invalid_cursor", "GET", f"/v1/products?limit=1&sort=price&cursor={changed}")

    def test_bad_parameters_are_named(self):
        answer = self.refused(400, "invalid_request", "GET",
                              "/v1/products?limit=0&sort=x&min_rating=9&in_stock=1&odd=1&category=x&ids=y")
        self.assertEqual(answer.fields, {
            ("limit", "out_of_range"), ("sort", "invalid_value"), ("min_rating", "out_of_range"),
            ("in_stock", "wrong_type"), ("odd", "unknown_parameter"), ("category", "category_unknown"),
            ("ids", "invalid_id")})
        self.refused(400, "invalid_request", "GET", "/v1/products?q=%zz")
        self.refused(400, "invalid_request", "GET", "/v1/products?q=%ff")
