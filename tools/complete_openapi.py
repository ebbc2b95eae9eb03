#!/usr/bin/env python3
"""Writes into docs/api/openapi.json what follows from the sources, and examples that a real server answered.

usage: complete_openapi.py SHOPD [--no-examples]

Of each operation: the name of its handler (src/api/routes.def) as operationId, and the statuses of its x-problem-codes.
Of the document: every code with its status (src/api/problems.def, problem.c, src/net/refusal.c). Bodies without an
example get one from the HTTP tests, which are run for it. What a route is about, and its codes, people write.
"""
import argparse
import copy
import json
import os
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATH = ROOT / "docs/api/openapi.json"
MORE = {401: " It has WWW-Authenticate.", 405: " It has Allow.", 429: " It has Retry-After and RateLimit.", 503: " It has Retry-After."}
ORDER = ["operationId", "summary", "description", "tags", "security", "parameters", "requestBody", "responses", "x-problem-codes"]
JSON = "application/json"
EXAMPLE_MAX = 1300  # characters of request and answer together


def operations(document):
    for path, item in document["paths"].items():
        for method in [name for name in item if name != "parameters"]:
            yield path, method, item


def statuses():
    sources = "".join((ROOT / "src" / name).read_text() for name in ("api/problems.def", "api/problem.c", "net/refusal.c"))
    return {code: int(status) for status, code in re.findall(r'\b(\d{3}),\s*"([a-z0-9_]+)"', sources)}


def fill_problems(document, status_of):
    by_status = {}
    for code, status in sorted(status_of.items()):
        by_status.setdefault(status, []).append(code)
    problem = document["components"]["schemas"]["Problem"]
    problem["description"] = "RFC 9457. Codes by status: " + "; ".join(
        f"{status}: {', '.join(codes)}" for status, codes in sorted(by_status.items()))
    problem["properties"]["code"]["enum"] = [code for _, codes in sorted(by_status.items()) for code in codes]
    for status, codes in sorted(by_status.items()):
        document["components"]["responses"][f"Status{status}"] = {
            "description": ", ".join(codes) + "." + MORE.get(status, ""),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def fill_operation(path, method, operation, handlers, status_of):
    operation["operationId"] = handlers[method.upper(), path]
    wanted = {400, 404, 429, 503} if path.startswith("/v1") else {429}
    wanted |= {401, 403} if operation["security"] else set()
    wanted |= {413, 415} if "requestBody" in operation else set()
    wanted |= {status_of[code] for code in operation.get("x-problem-codes", [])}
    old = operation["responses"]
    new = {status: response for status, response in old.items() if status < "400"}
    new |= {str(status): {"$ref": f"#/components/responses/Status{status}"} for status in sorted(wanted)}
    new |= {status: response for status, response in old.items() if "400" <= status < "600" and "$ref" not in response}  # no problem
    operation["responses"] = new | {"default": old.get("default", {"$ref": "#/components/responses/Problem"})}
    return {name: operation[name] for name in ORDER if name in operation} | operation


def contents(document, path, method):
    """(status or None for the request, its JSON content) of what needs an example."""
    operation = document["paths"][path][method]
    bodies = [(None, operation.get("requestBody", {}))] + list(operation["responses"].items())
    for status, body in bodies:
        content = body.get("content", {}).get(JSON)
        if content is not None and "example" not in content:
            yield status, content


class Recorder:
    """Keeps, of each operation that needs one, the longest exchange that is short enough."""

    def __init__(self, document, contract, server):
        self.needed = {(path, method) for path, method, _ in operations(document) if list(contents(document, path, method))}
        self.contract, self.best = contract, {}
        self.send = server.Client.send
        recorder = self

        def send(client, method, path, body=None, **options):
            answer = recorder.send(client, method, path, body, **options)
            if answer.status < 300:
                recorder.keep(path.split("?")[0], method.lower(), body, answer)
            return answer

        server.Client.send = send

    def keep(self, path, method, body, answer):
        template = next((known for known, item in self.contract.DOCUMENT["paths"].items()
                         if method in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path)), None)
        if (template, method) not in self.needed or isinstance(body, (str, bytes)):
            return
        request = self.contract.DOCUMENT["paths"][template][method].get("requestBody", {}).get("content", {}).get(JSON)
        if request and (body is None or list(self.contract.faults(request["schema"], body))):
            return
        length = len(json.dumps([body, answer.json]))
        if length <= EXAMPLE_MAX and length > self.best.get((template, method, answer.status), (0,))[0]:
            self.best[template, method, answer.status] = (length, copy.deepcopy(body), copy.deepcopy(answer.json))

    def fill(self, document):
        for (path, method, answered), (_, body, answer) in self.best.items():
            for status, content in contents(document, path, method):
                if status is None or status == str(answered):
                    content["example"] = body if status is None else answer


def record(document, shopd):
    os.environ["SHOPD"] = str(shopd.resolve())
    sys.path[:0] = [str(ROOT / "tests/http"), str(ROOT / "tests/python")]
    import contract
    import server
    contract.check = lambda *_: None  # the document is just being written
    recorder = Recorder(document, contract, server)
    if recorder.needed:
        print(f"running the HTTP tests for examples of {len(recorder.needed)} operations")
        unittest.TextTestRunner(verbosity=0, stream=open(os.devnull, "w")).run(unittest.TestLoader().discover(ROOT / "tests/http"))
        recorder.fill(document)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shopd", type=pathlib.Path)
    parser.add_argument("--no-examples", action="store_true")
    options = parser.parse_args()
    document = json.loads(PATH.read_text())
    status_of = statuses()
    routes = (ROOT / "src/api/routes.def").read_text()
    handlers = {(method, path): name for method, path, name in re.findall(r'^ROUTE\((\w+), "([^"]+)", (\w+),', routes, re.M)}
    fill_problems(document, status_of)
    for path, method, item in operations(document):
        item[method] = fill_operation(path, method, item[method], handlers, status_of)
    if not options.no_examples:
        record(document, options.shopd)
    PATH.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    for path, method, _ in operations(document):
        for status, _ in contents(document, path, method):
            print(f"write an example by hand: {method} {path} {status or 'request'}")


if __name__ == "__main__":
    main()
