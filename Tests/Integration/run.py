"""Runs the integration tests (all, or those whose name holds a word given) and closes on «N passed, N failed»."""
import sys
import time
import unittest


class Lines(unittest.TestResult):
    passed = 0
    broken = set()

    def startTest(self, test):
        super().startTest(test)
        self.start = time.monotonic()

    def line(self, mark, test, more=""):
        seconds = time.monotonic() - getattr(self, "start", time.monotonic())
        print(f"{mark} {test.id() if hasattr(test, 'id') else test} ({seconds:.1f} s){more}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.line("✔", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("–", test, f": skipped, {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("✘", test, "\n" + self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self.line("✘", test, "\n" + self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.line("✘", subtest, "\n" + self._exc_info_to_string(err, test))


if __name__ == "__main__":
    import os

    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f"*{word}*" for word in sys.argv[1:]]
    result = Lines()
    loader.discover(here, pattern="test_*.py").run(result)
    failed = len(result.failures) + len(result.errors)
    print(f"\n{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    sys.exit(1 if failed else 0)
