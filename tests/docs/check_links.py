#!/usr/bin/env python3
"""What the documents point to is there. Prints TAP, one result per document.

In the text:
  [words](path#heading)   a file, from the document's folder, and its heading
  folder/name.ext         a file, from the root of the tree, from src/ or from the document's folder; * matches
  `src/folder`            a folder of the tree
  `test:NAME`             a test function below tests/
  `name()`                a function or macro below src/
  `GET /v1/...`           a route of src/api/routes.def
  `shop_name_unit`        a metric of src/api/metrics, in docs/operations.md
  | `phrase` | ...        a log line's phrase below src/, in a table headed so in docs/operations.md
  | attack | ...          each row names a test, in a table headed so in docs/security.md
In the text and in blocks of code:
  make WORD               a target of the Makefile
  shopd WORD              a sub-command of src/cli/commands.def
  run_tap.py build/shopd WORD   a part of the name of a Python test or its class
  build/unit_test_WORD    a test program, from the file it is built from (also contract_)
  SHOPD_WORD              a setting of src/config/settings.def
What a recipe asks to make ("New file `PATH`") is not in the tree yet.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/*.md", "docs/adr/*.md"]
ENDINGS = "c|h|def|py|md|json|html|service|supp"

BLOCK = re.compile(r"^```.*?^```", re.S | re.M)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(rf"(?<![\w/.:~-])((?:[\w.-]+/)+[\w*.-]+\.(?:{ENDINGS}))\b")
NEW_FILE = re.compile(r"New file `[^`]+`")
FOLDER = re.compile(r"(?:src|tests|tools|docs|data|deploy|bench)(?:/[\w.-]+)*/?$")
TEST = re.compile(r"test:(\w+)$")
FUNCTION = re.compile(r"(\w+)\(\)$")
ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.]+)$")
PHRASES = re.compile(r"^\| phrase \|.*\n\|[-|]+\n((?:\|.*\n)+)", re.M)
ATTACKS = re.compile(r"^\| attack \|.*\n\|[-|]+\n((?:\|.*\n)+)", re.M)
METRIC = re.compile(r"(shop_[a-z_]+)$")
TARGET = re.compile(r"(?:^|&& |; )make ([a-z]+)", re.M)
COMMAND = re.compile(r"(?:^|&& |; |(?<!run_tap\.py build)/)shopd ([a-z][a-z-]*)", re.M)
RUN_TAP = re.compile(r"run_tap\.py build/shopd ([a-z0-9]\w*|[A-Z][a-z]\w*)")
PROGRAM = re.compile(r"build/((?:unit_test|contract)_\w+)")
SETTING = re.compile(r"\bSHOPD_([A-Z_]+)\b")


def read(*patterns):
    paths = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def names(pattern, text):
    return set(re.findall(pattern, text, re.M))


class Tree:
    """What may be pointed to."""

    def __init__(self):
        sources = read("src/**/*.c", "src/**/*.h")
        self.functions = names(r"\b(\w+)\(", sources)
        self.texts = names(r'"([^"\n]+)"', sources)
        self.tests = names(r"^(?:static void )?(\w+)\(void \*\*", read("tests/**/*.c"))
        self.tests |= names(r"^    def (test_\w+)\(self", read("tests/**/*.py"))
        self.programs = {f"{path.parent.name}_{path.stem}" for path in ROOT.glob("tests/*/*.c")}
        classes = names(r"^class (\w+)\(", read("tests/**/*.py"))
        self.named_tests = "\n".join(sorted(self.tests | classes))
        self.routes = names(r'^ROUTE\((\w+), "([^"]+)"', read("src/api/routes.def"))
        self.metrics = names(r'"(shop_\w+)"', read("src/api/metrics/*.c"))
        self.targets = names(r"^([a-z]+):", read("Makefile"))
        self.commands = {name.replace("_", "-") for name in names(r"^CLI_COMMAND\((\w+)\)", read("src/cli/commands.def"))}
        settings = read("src/config/settings.def", "CONTRIBUTING.md")  # its recipe adds one
        self.settings = {name.upper() for name in names(r"^SETTING\(\w+, (\w+)", settings)}

    def has_file(self, name, folder):
        return any(any(base.glob(name)) for base in (ROOT, ROOT / "src", folder))


def heading_ids(text):
    found = re.findall(r"^#+ (.*)$", BLOCK.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def link_faults(path, text):
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        file = path.parent / name if name else path
        if not file.exists():
            yield f"no file {target}"
        elif heading and heading not in heading_ids(file.read_text(encoding="utf-8")):
            yield f"no heading {target}"


def span_faults(tree, path, span):
    def is_missing(pattern, known):
        match = pattern.match(span)
        return match is not None and (match[1] if pattern.groups == 1 else match.groups()) not in known

    if FOLDER.match(span) and not (ROOT / span).exists():
        yield f"no folder {span}"
    known = [(TEST, tree.tests), (FUNCTION, tree.functions), (ROUTE, tree.routes)]
    if path.name == "operations.md":
        known.append((METRIC, tree.metrics))
    if any(is_missing(pattern, there) for pattern, there in known):
        yield f"nothing behind `{span}`"


def phrase_faults(tree, text):
    for table in PHRASES.findall(text):
        phrases = {span for row in table.splitlines() for span in SPAN.findall(row.split("|")[1])}
        yield from (f"nobody logs {phrase}" for phrase in sorted(phrases - tree.texts))


def attack_faults(text):
    for table in ATTACKS.findall(text):
        yield from (f"no test in the row {row[:60]}" for row in table.splitlines() if "`test:" not in row)


def code_faults(tree, code):
    known = [(TARGET, tree.targets, "make target"), (COMMAND, tree.commands, "command"),
             (SETTING, tree.settings, "setting")]
    for pattern, there, what in known:
        yield from (f"no {what} {word}" for word in pattern.findall(code) if word not in there)
    yield from (f"no test {word}" for word in RUN_TAP.findall(code) if word not in tree.named_tests)
    yield from (f"no program {word}" for word in PROGRAM.findall(code) if word not in tree.programs)


def faults(tree, path):
    whole = NEW_FILE.sub("", path.read_text(encoding="utf-8"))
    text = BLOCK.sub("", whole)
    yield from link_faults(path, text)
    for name in FILE.findall(LINK.sub("", text)):
        if not tree.has_file(name, path.parent):
            yield f"no file {name}"
    for span in SPAN.findall(text):
        yield from span_faults(tree, path, span)
    yield from phrase_faults(tree, text)
    yield from attack_faults(text)
    for code in SPAN.findall(text) + BLOCK.findall(whole):
        yield from code_faults(tree, code)


def main():
    tree = Tree()
    documents = sorted({path for pattern in DOCUMENTS for path in ROOT.glob(pattern)})
    failed = 0
    for number, path in enumerate(documents, 1):
        found = sorted(set(faults(tree, path)))
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {path.relative_to(ROOT)} points to what is there")
        print("".join(f"#   {fault}\n" for fault in found), end="")
    print(f"1..{len(documents)}")
    return bool(failed) or not documents


if __name__ == "__main__":
    sys.exit(main())
