#!/usr/bin/env python3
"""Runs the tests against a Kafka broker and prints TAP. usage: run_tap.py SHOPD [WORD in the test's name]..."""
import pathlib
import shutil
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
for folder in ("python", "http", "kafka"):
    sys.path.insert(0, str(FOLDER.parent / folder))

import broker  # noqa: E402
import tap  # noqa: E402


def main():
    try:
        if shutil.which("kcat") is None:
            raise broker.Unavailable("kcat is not installed")
        broker.installed()
    except broker.Unavailable as reason:
        print(f"ok 1 - Kafka broker # SKIP not tested against a Kafka broker: {reason}\n1..1")
        return 0
    try:
        return tap.main(FOLDER, sys.argv[1:])
    finally:
        if broker.shared is not None:
            broker.shared.close()


if __name__ == "__main__":
    sys.exit(main())
