#!/usr/bin/env python3
"""Runs the tests of deploy/prometheus and deploy/grafana and prints TAP. usage: run_tap.py SHOPD [WORD in the test's name]"""
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent / "python"), str(FOLDER.parent / "http")]

import tap  # noqa: E402

if __name__ == "__main__":
    sys.exit(tap.main(FOLDER, sys.argv[1:]))
