#!/usr/bin/env python3
"""Runs the tests of several shopd on one PostgreSQL and prints TAP. usage: run_tap.py SHOPD [WORD in the test's name]..."""
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
for folder in ("python", "http", "postgres"):
    sys.path.insert(0, str(FOLDER.parent / folder))

import database  # noqa: E402
import tap  # noqa: E402


def main():
    if not database.installed():
        print("ok 1 - postgres # SKIP not installed: postgresql\n1..1")
        return 0
    try:
        return tap.main(FOLDER, sys.argv[1:])
    finally:
        database.stop_all()


if __name__ == "__main__":
    sys.exit(main())
