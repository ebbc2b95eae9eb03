#!/usr/bin/env python3
"""Measures the tests: plants one fault at a time in src/shop and sees whether a test dies of it.

usage: mutate.py [--build BUILD] [--sample N] [--seed S] [--file NAME] [--list]

Faults: a comparison flipped or shifted, a constant off by one, a statement dropped, arithmetic swapped,
a condition negated. Lines of ensure() are left out: they guard what only a bug can break, so weakening
one changes nothing in correct code. A mutant that does not compile does not count.

A mutant is killed when a unit or contract test or the simulator fails, crashes or hangs. Survivors are printed as
they are found, `file:line  old -> new`; those known to change nothing that can be seen are explained, one by one, in
tests/mutation/equivalent.txt and reported apart.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOAL = 95.0
SWAPS = [  # (name, pattern, replacements)
    ("comparison", r"(?<![<>=!-])(<=|>=|==|!=|<|>)(?![<>=])",
     {"<": ["<=", ">"], "<=": ["<", ">="], ">": [">=", "<"], ">=": [">", "<="], "==": ["!="], "!=": ["=="]}),
    ("arithmetic", r"(?<=[\w\])] )([+*/%-])(?= [\w(])",
     {"+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["+"]}),
    ("assignment", r"(\+=|-=)", {"+=": ["-="], "-=": ["+="]}),
    ("logic", r"(&&|\|\|)", {"&&": ["||"], "||": ["&&"]}),
]
CONSTANT = re.compile(r"(?<![\w.\"'])(\d+)(?![\w.\"'])")
STATEMENT = re.compile(r"^\s+(?!return|break|continue|case|default|goto|static|const|struct|enum|uint|int|bool|char|"
                       r"size_t|TRY|else|for|while|do|ensure|check_failed|\(void\))[\w>.\[\]*()-]+.*;\s*$")
SKIP = re.compile(r"^\s*(#|\*|/\*|//|ensure\(|_Static_assert|static const|case |default:|enum |struct \w+ \{)")


def mutants_of_line(line):
    """(what, mutated line) for each fault that can be planted in this line."""
    if SKIP.match(line) or '"' in line or "ensure(" in line or "->*" in line:
        return
    code = line.split("/*")[0]
    for name, pattern, replacements in SWAPS:
        for match in re.finditer(pattern, code):
            before, after = code[:match.start()], code[match.end():]
            if match[1] in "<>" and (re.match(r"\w+\.h", after) or "#include" in code):
                continue
            for new in replacements.get(match[1], []):
                yield f"{name}: {match[1]} -> {new}", line[:match.start()] + new + line[match.end():]
    for match in CONSTANT.finditer(code):
        new = str(int(match[1]) + 1)
        yield f"off by one: {match[1]} -> {new}", line[:match.start()] + new + line[match.end():]
    if STATEMENT.match(line) and line.count("(") == line.count(")"):
        yield "statement dropped", re.match(r"\s*", line)[0] + ";"


def all_mutants(files):
    for path in files:
        in_table = False
        for number, line in enumerate(path.read_text().splitlines()):
            in_table = in_table or bool(re.match(r"^static const .*=\s*\{\s*$", line))
            if line.startswith("}"):
                in_table = False
            for what, mutated in ([] if in_table else mutants_of_line(line)):
                yield path, number, what, mutated


class Bench:
    """Compiles a mutant, links the tests with it ahead of the library, and runs them until one dies."""

    def __init__(self, build):
        self.build = build
        self.commands = {str((build / entry["directory"] / entry["file"]).resolve()): entry
                         for entry in json.loads((build / "compile_commands.json").read_text())}
        self.programs = [(path.stem, [str(path)], []) for path in self.objects("unit_test_*.p") + self.objects("contract_*.p")]
        simulator = [str(path) for path in self.objects("sim.p")]
        self.programs.append(("sim", simulator, ["--seeds", "25"]))
        self.libraries = subprocess.run(["pkg-config", "--libs", "libuv", "sqlite3", "liburcu-memb", "liburcu-cds",
                                         "jansson", "libsodium", "libcurl", "libcrypto", "rdkafka",
                                         "liblzma", "libutf8proc", "libpq", "cmocka"],
                                        capture_output=True, text=True, check=True).stdout.split()

    def objects(self, pattern):
        return sorted(path for folder in self.build.glob(pattern) for path in folder.glob("*.o"))

    def order(self, module):
        word = module.split("_")[0]
        return sorted(self.programs, key=lambda program: (module not in program[0], word not in program[0],
                                                          program[0] == "sim"))

    def run(self, mutant):
        path, number, what, mutated = mutant
        lines = path.read_text().splitlines()
        lines[number] = mutated
        with tempfile.TemporaryDirectory() as folder:
            source, target = pathlib.Path(folder) / path.name, pathlib.Path(folder) / "mutant.o"
            source.write_text("\n".join(lines) + "\n")
            entry = self.commands[str(path)]
            words = shlex.split(entry["command"])
            words = [word for word in words if word not in ("-Werror",) and not word.startswith("-M")]
            words = words[:words.index("-o")] + ["-w", f"-I{path.parent}", "-o", str(target), "-c", str(source)]
            words = [word for word in words if not word.endswith(".o.d")]
            done = subprocess.run(words, cwd=entry["directory"], capture_output=True)
            if done.returncode != 0:
                return None
            for name, objects, arguments in self.order(path.stem):
                program = pathlib.Path(folder) / "program"
                link = subprocess.run(["cc", "-o", str(program), *objects, str(target),
                                       str(self.build / "libtestlib.a"), str(self.build / "libshopd.a"),
                                       *self.libraries, "-lhttp_parser", "-lstemmer", "-lm", "-lpthread"], capture_output=True, text=True)
                if link.returncode != 0:
                    raise RuntimeError(link.stderr)
                try:
                    code = subprocess.run([str(program), *arguments], cwd=ROOT, capture_output=True, timeout=40).returncode
                except subprocess.TimeoutExpired:
                    code = 1
                if code != 0:
                    return name
        return ""


def equivalent():
    path = ROOT / "tests/mutation/equivalent.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split(" | ")[0].strip() for line in lines if line and not line.startswith("#")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--sample", type=int, default=300, help="mutants tried; 0 = all (default 300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", default="", help="only files whose name contains this")
    parser.add_argument("--list", action="store_true", help="only show what would be tried")
    options = parser.parse_args()

    subprocess.run(["make", "--no-print-directory", f"BUILD={options.build.name}", "build"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    files = sorted(path for path in (ROOT / "src/shop").rglob("*.c") if options.file in path.name)
    mutants = list(all_mutants(files))
    random.Random(options.seed).shuffle(mutants)
    if options.sample:
        mutants = mutants[:options.sample]
    if options.list:
        for path, number, what, mutated in mutants:
            print(f"{path.name}:{number + 1}  {what}  {mutated.strip()}")
        return 0

    bench, known = Bench(options.build.resolve()), equivalent()
    killed, survivors, explained, broken = 0, [], [], 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (mutant, by) in enumerate(zip(mutants, pool.map(bench.run, mutants)), 1):
            path, number, what, mutated = mutant
            line = path.read_text().splitlines()[number].strip()
            label = f"{path.name}: {line} -> {mutated.strip()}"
            if by is None:
                broken += 1
            elif by:
                killed += 1
            elif label in known:
                explained.append(label)
            else:
                survivors.append(f"{path.name}:{number + 1}  {what}\n    {line}\n    {mutated.strip()}")
                print(survivors[-1], flush=True)
            print(f"\r{done}/{len(mutants)} tried, {killed} killed, {len(survivors)} survived, {len(explained)} explained ",
                  end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    judged = killed + len(survivors)
    share = 100.0 * killed / judged if judged else 0.0
    print(f"{len(mutants)} mutants, {broken} did not compile, {len(explained)} change nothing that can be seen; "
          f"of {judged} others {killed} killed: {share:.1f} % (goal {GOAL:.0f} %)")
    return 0 if share >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
