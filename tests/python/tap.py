"""Runs every test_*.py of a folder with unittest and prints TAP."""
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

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.line(False, subtest, self._exc_info_to_string(err, test))


def main(folder, arguments):
    """`arguments`: the shopd binary (the tests find it in $SHOPD), then optionally words in the tests' names: those with any."""
    os.environ["SHOPD"] = str(pathlib.Path(arguments[0]).resolve())
    loader = unittest.TestLoader()
    for word in arguments[1:]:
        loader.testNamePatterns = [f"*{word}*"]
        if loader.discover(str(folder)).countTestCases() == 0:
            print(f"Bail out! no test has {word} in its name")
            return 1
    if len(arguments) > 1:
        loader.testNamePatterns = [f"*{word}*" for word in arguments[1:]]
    result = TapResult()
    loader.discover(str(folder)).run(result)
    print(f"1..{result.count}")
    return 0 if result.wasSuccessful() and result.count else 1
