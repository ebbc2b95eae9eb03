#!/usr/bin/env python3
"""Runs the HTTP tests and prints TAP. usage: run_tap.py SHOPD [WORD in the test's name]"""
import os
import pathlib
import sys
import unittest


class TapResult(unittest.TestResult):
    count = 0

    def line(self, ok, test, detail=""):
        self.count += 1
        print(f"{'ok' if ok else 'not ok'} {self.count} - {test.id()}", flush=True)
        for text in detail.splitlines():
            print("#   " + text, flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line(False, test, self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self.line(False, test, self._exc_info_to_string(err, test))


def main():
    folder = pathlib.Path(__file__).resolve().parent
    os.environ["SHOPD"] = str(pathlib.Path(sys.argv[1]).resolve())
    sys.path.insert(0, str(folder))
    loader = unittest.TestLoader()
    if len(sys.argv) > 2:
        loader.testNamePatterns = [f"*{sys.argv[2]}*"]
    result = TapResult()
    loader.discover(str(folder)).run(result)
    print(f"1..{result.count}")
    return 0 if result.wasSuccessful() and result.count else 1


if __name__ == "__main__":
    sys.exit(main())
