#!/usr/bin/env python3
"""The layer check passes on the tree, and fails on each of a few planted breaches. Prints TAP."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BREACHES = [  # (title, file, line added to it)
    ("shop may not include store", "src/shop/money.c", '#include "store/store.h"'),
    ("net may not include shop", "src/net/server.c", '#include "shop/shop.h"'),
    ("api may not include a backend", "src/api/problem.c", '#include "store/sqlite/store_sqlite.h"'),
    ("malloc outside base", "src/shop/money.c", "void *stray(void) { return malloc(1); }"),
    ("the clock in shop", "src/shop/money.c", "long stray(void) { return time(0); }"),
    ("printf in shop", "src/shop/money.c", 'void stray(void) { printf("x"); }'),
    ("a FIXME", "src/shop/money.c", "/* FIXME */"),
]


def check(root):
    return subprocess.run([sys.executable, str(ROOT / "tools/check_layers.py"), str(root)],
                          capture_output=True, text=True)


def main():
    count = failed = 0

    def result(ok, title, detail=""):
        nonlocal count, failed
        count, failed = count + 1, failed + (not ok)
        print(f"{'ok' if ok else 'not ok'} {count} - {title}")
        if not ok:
            print("\n".join("# " + line for line in detail.splitlines()))

    clean = check(ROOT)
    result(clean.returncode == 0, "the tree keeps its layers", clean.stdout)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        shutil.copytree(ROOT / "src", copy / "src")
        shutil.copy(ROOT / "ARCHITECTURE.md", copy)
        for title, name, line in BREACHES:
            path = copy / name
            before = path.read_text()
            path.write_text(before + line + "\n")
            result(check(copy).returncode != 0, f"refused: {title}")
            path.write_text(before)
    print(f"1..{count}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
