import json
import re

import contract
from server import ShopTest


class Edge(ShopTest):
    def test_the_request_id_is_echoed_or_made(self):
        self.assertEqual(self.send("GET", "/healthz", headers={"Request-Id": "abc-1.2:3_4"}).headers["Request-Id"],
                         "abc-1.2:3_4")
        made = {self.send("GET", "/healthz", headers={"Request-Id": bad}).headers["Request-Id"]
                for bad in ("", "a b", "x" * 65, "é")}
        self.assertEqual(len(made), 4)
        for identity in made:
            self.assertRegex(identity, r"^[A-Za-z0-9_-]{22}$")
        answer = self.refused(404, "not_found", "GET", "/nope", headers={"Request-Id": "mine"})
        self.assertEqual(answer.json["request_id"], "mine")

    def test_a_problem_has_every_member(self):
        problem = self.refused(404, "not_found", "GET", "/v1/nothing").json
        self.assertEqual(set(problem), {"type", "title", "status", "code", "detail", "request_id", "errors"})

    def test_a_wrong_method_names_the_right_ones(self):
        answer = self.refused(405, "method_not_allowed", "DELETE", "/v1/products")
        self.assertEqual(answer.headers["Allow"], "GET, HEAD, POST")
        answer = self.refused(405, "method_not_allowed", "OPTIONS", "/v1/carts/x/checkout")
        self.assertEqual(answer.headers["Allow"], "POST")

    def test_head_is_get_without_a_body(self):
        for path in ("/v1/products", "/healthz", "/openapi.json"):
            head, get = self.send("HEAD", path), self.send("GET", path)
            self.assertEqual((head.status, head.raw), (200, b""))
            self.assertEqual(head.headers["Content-Length"], str(len(get.raw)))

    def test_only_json_is_taken(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp"):
            self.refused(415, "unsupported_media_type", "POST", "/v1/carts", "{}", headers={"Content-Type": kind})
        self.ok(201, "POST", "/v1/carts", "{}", headers={"Content-Type": "Application/JSON; charset=utf-8"})

    def test_bad_json_is_told(self):
        for body, code in (("{", "invalid_json"), ('{"a":1,"a":2}', "invalid_json"), ("[]", "wrong_type"),
                           (b'{"contact":"\xff"}', "invalid_utf8"), ("[" * 30 + "]" * 30, "too_deep"),
                           ('{"odd":1}', "unknown_field")):
            answer = self.refused(400, "invalid_request", "POST", "/v1/carts", body)
            self.assertEqual(answer.json["errors"][0]["code"], code)

    def test_a_body_has_a_limit_by_its_route(self):
        self.refused(413, "body_too_large", "POST", "/v1/carts", '{"a":"' + "x" * 20000 + '"}')
        self.refused(413, "body_too_large", "GET", "/v1/products", '{"a":1}')

    def test_a_region_is_main_or_unknown(self):
        self.ok(200, "GET", "/v1/products", headers={"Region": "main"})
        self.refused(404, "region_unknown", "GET", "/v1/products", headers={"Region": "mars"})

    def test_a_wrong_key_is_refused_everywhere(self):
        for value in ("Bearer wrong", "Bearer", "Basic x", "Bearer  "):
            answer = self.refused(401, "invalid_token", "GET", "/v1/products", headers={"Authorization": value})
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_every_operator_route_refuses_guests(self):
        token = self.open_cart()["token"]
        guarded = 0
        for path, item in contract.DOCUMENT["paths"].items():
            for method, route in item.items():
                if method != "parameters" and [list(scheme) for scheme in route["security"]] == [["operator"]]:
                    self.refused(401, "unauthorized", method.upper(), path.replace("{", "").replace("}", ""))
                    self.refused(403, "forbidden", method.upper(), path.replace("{", "").replace("}", ""), token=token)
                    guarded += 1
        self.assertGreater(guarded, 15)

    def test_the_server_is_well(self):
        self.assertEqual(self.ok(200, "GET", "/healthz"), {"status": "ok"})
        self.assertEqual(self.ok(200, "GET", "/readyz"), {"status": "ok", "reasons": [], "omitted": []})

    def test_the_document_is_the_one_in_the_tree(self):
        self.assertEqual(self.ok(200, "GET", "/openapi.json"), contract.DOCUMENT)

    def test_the_document_can_be_browsed_without_any_other_server(self):
        plain = self.send("GET", "/docs/plain")
        self.assertEqual(plain.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn(b"Codes of problems", plain.raw)
        page = self.send("GET", "/docs")
        for part in re.findall(rb'(?:src|href|spec-url)="([^"]*)"', page.raw):
            self.assertTrue(part.startswith(b"/"), part)
        if b"rapi-doc" in page.raw:
            script = self.send("GET", "/docs/viewer.js")
            self.assertEqual(script.headers["Content-Type"], "text/javascript; charset=utf-8")
            self.assertGreater(len(script.raw), 100_000)
            self.assertIn(b'load-fonts="false"', page.raw)
        else:
            self.assertEqual(page.raw, plain.raw)
            self.refused(404, "not_found", "GET", "/docs/viewer.js")

    def test_metrics_are_prometheus_text(self):
        self.make_product()
        answer = self.send("GET", "/metrics")
        samples = {}
        for line in answer.raw.decode().splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        self.assertGreaterEqual(samples["shop_commands_total"], 1)
        self.assertGreaterEqual(samples["shop_http_requests_total"], 1)
        self.assertEqual(samples["shop_products"], 1)

    def test_the_document_names_every_code_it_uses(self):
        codes = set(contract.DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])
        used = set()
        for item in contract.DOCUMENT["paths"].values():
            for method, route in item.items():
                if method != "parameters":
                    used |= set(route.get("x-problem-codes", []))
        self.assertEqual(used - codes, set())
        self.assertIn("out_of_stock", json.dumps(sorted(codes)))
