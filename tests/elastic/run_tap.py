#!/usr/bin/env python3
"""Runs the tests against a search node and prints TAP. usage: run_tap.py BUILD [WORD in the test's name]..."""
import os
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
for folder in ("python", "http", "elastic"):
    sys.path.insert(0, str(FOLDER.parent / folder))

import node  # noqa: E402
import tap  # noqa: E402


def main():
    try:
        node.installed()
    except node.Unavailable as reason:
        print(f"ok 1 - search node # SKIP not tested against a search node: {reason}\n1..1")
        return 0
    os.environ["NODE_TEST"] = str(pathlib.Path(sys.argv[1]).resolve() / "node_test")
    return tap.main(FOLDER, [str(pathlib.Path(sys.argv[1]) / "shopd"), *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
