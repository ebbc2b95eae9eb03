"""Compares answers with docs/api/openapi.json: the route is described, and the body has the described shape.

Objects are compared strictly: a field that the document does not name is an error here, although clients must
bear new ones.
"""
import json
import pathlib
import re

DOCUMENT = json.loads((pathlib.Path(__file__).resolve().parents[2] / "docs/api/openapi.json").read_text())
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


def resolve(schema):
    while "$ref" in schema:
        target = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def has_type(value, name):
    if name in ("integer", "number"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (name == "number" and isinstance(value, float))
    return isinstance(value, TYPES[name])


def faults(schema, value, path="$"):
    schema = resolve(schema)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            tries = [list(faults(option, value, path)) for option in schema[word]]
            if all(tries):
                yield from min(tries, key=len)
            return
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(has_type(value, name) for name in names):
        yield f"{path}: {value!r} is not {' or '.join(names)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r} is not {schema['const']!r}"
    if schema.get("format") == "date-time" and isinstance(value, str) and not TIME.fullmatch(value):
        yield f"{path}: {value!r} is no time"
    if isinstance(value, dict) and "properties" in schema:
        yield from object_faults(schema, value, path)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from faults(schema["items"], item, f"{path}[{index}]")


def object_faults(schema, value, path):
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}: {name} is missing"
    for name, item in value.items():
        if name in schema["properties"]:
            yield from faults(schema["properties"][name], item, f"{path}.{name}")
        else:
            yield f"{path}: {name} is not in the document"


def find_route(method, path):
    path = path.split("?")[0]
    for template, item in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return item.get("get" if method == "HEAD" else method.lower())
    return None


# What may be the answer to any request, whatever it asks for.
GENERAL = {"invalid_request", "unauthorized", "invalid_token", "forbidden", "not_found", "region_unknown", "method_not_allowed",
           "body_too_large", "unsupported_media_type", "rate_limited", "overloaded", "stopping", "store_unavailable", "read_only"}
# What the server refuses before it knows what is asked for.
GENERAL |= set(re.findall(r'\d{3}, "([a-z0-9_]+)"',
                          (pathlib.Path(__file__).resolve().parents[2] / "src/net/refusal.c").read_text()))
STATUS_OF = {code: int(status) for status, codes in re.findall(
    r"(\d{3}): ([a-z0-9_, ]+)", DOCUMENT["components"]["schemas"]["Problem"]["description"]) for code in codes.split(", ")}


def check_refusal(method, path, answer):
    """The code is one that the document has for this route."""
    route = find_route(method, path)
    if route is None or method == "HEAD" or answer.json["code"] in GENERAL:
        return
    code = answer.json["code"]
    assert code in route.get("x-problem-codes", []), f"{method} {path}: {code} is not in the document"


def check(method, path, answer):
    kind = answer.headers.get("Content-Type", "")
    if answer.status >= 400:
        check_refusal(method, path, answer)
        assert kind == "application/problem+json", (method, path, answer.status, kind)
        if method != "HEAD":
            found = list(faults({"$ref": "#/components/schemas/Problem"}, answer.json))
            assert not found, (method, path, found)
            assert answer.json["status"] == answer.status
        return
    route = find_route(method, path)
    assert route, f"{method} {path} is not in the document"
    response = route["responses"].get(str(answer.status))
    assert response, f"{method} {path}: {answer.status} is not in the document"
    response = resolve(response)
    content = response.get("content", {}).get("application/json")
    if content and method != "HEAD":
        found = list(faults(content["schema"], answer.json))
        assert not found, (method, path, found)
