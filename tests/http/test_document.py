"""docs/api/openapi.json is complete: every route, status, code and an example of everything, and the examples are right.

What follows from the sources, and examples, tools/complete_openapi.py writes.
"""
import pathlib
import re
import unittest

import contract

ROOT = pathlib.Path(__file__).resolve().parents[2]
HANDLERS = {(method.lower(), path): handler for method, path, handler in
            re.findall(r'^ROUTE\((\w+), "([^"]+)", (\w+),', (ROOT / "src/api/routes.def").read_text(), re.M)}


def operations():
    for path, item in contract.DOCUMENT["paths"].items():
        for method, route in item.items():
            if method != "parameters":
                yield method, path, route


def json_contents():
    """(where, schema, example) of each JSON body that is sent or answered."""
    for method, path, route in operations():
        bodies = {"request": route.get("requestBody", {})} | route["responses"]
        for name, body in bodies.items():
            content = contract.resolve(body).get("content", {}).get("application/json")
            if content:
                yield f"{method} {path} {name}", content


TOOL = "tools/complete_openapi.py build/shopd"


class Document(unittest.TestCase):
    def test_every_route_has_the_name_of_its_handler(self):
        named = {(method, path): route.get("operationId") for method, path, route in operations()}
        self.assertEqual(named, HANDLERS, TOOL)
        self.assertEqual(len(set(named.values())), len(named))

    def test_every_code_has_a_status_and_stands_in_the_sources(self):
        sources = "".join((ROOT / name).read_text() for name in ("src/api/problems.def", "src/api/problem.c", "src/net/refusal.c"))
        known = {code: int(status) for status, code in re.findall(r'\b(\d{3}),\s*"([a-z0-9_]+)"', sources)}
        listed = contract.DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
        self.assertEqual(contract.STATUS_OF, known, TOOL)
        self.assertEqual(sorted(listed), sorted(known), TOOL)

    def test_every_route_names_the_statuses_of_its_codes(self):
        for method, path, route in operations():
            codes = set(route.get("x-problem-codes", []))
            codes |= {"rate_limited"} | ({"unauthorized", "forbidden"} if route["security"] else set())
            codes |= {"body_too_large", "unsupported_media_type", "invalid_request"} if "requestBody" in route else set()
            missing = {contract.STATUS_OF[code] for code in codes} - {int(status) for status in route["responses"] if status != "default"}
            self.assertEqual(missing, set(), (method, path, TOOL))
            for status, response in route["responses"].items():
                if status.startswith(("4", "5")) and (path, status) != ("/readyz", "503"):  # no problem: it drains
                    self.assertEqual(response, {"$ref": f"#/components/responses/Status{status}"}, (method, path))

    def test_every_body_has_an_example_that_fits(self):
        for where, content in json_contents():
            self.assertIn("example", content, (where, TOOL))
            self.assertEqual(list(contract.faults(content["schema"], content["example"])), [], where)

    def test_every_reference_leads_somewhere_and_every_part_is_used(self):
        used = set()

        def walk(thing):
            if isinstance(thing, dict):
                if "$ref" in thing:
                    used.add(thing["$ref"])
                    contract.resolve(thing)
                for item in thing.values():
                    walk(item)
            elif isinstance(thing, list):
                for item in thing:
                    walk(item)

        walk(contract.DOCUMENT)
        for kind in ("schemas", "parameters", "headers"):
            parts = {f"#/components/{kind}/{name}" for name in contract.DOCUMENT["components"][kind]}
            self.assertEqual(parts - used - {"#/components/schemas/BulkLine", "#/components/schemas/BulkResult"}, set())
