"""`shopd top` against a running shop."""
import threading
import urllib.request

from test_serve import DONE, FAILED, USAGE, ServedTest, run


class Top(ServedTest):
    def test_one_picture_shows_what_is_asked_for_meanwhile(self):
        self.serve()
        url = f"http://127.0.0.1:{self.port}"
        stop = threading.Event()

        def ask():
            while not stop.wait(0.005):
                urllib.request.urlopen(url + "/v1/products").read()

        asker = threading.Thread(target=ask)
        asker.start()
        try:
            done = run("top", url, "--once", "--interval-ms", "500")
        finally:
            stop.set()
            asker.join()
        self.assertEqual((done.returncode, done.stderr), (DONE, ""))
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], rf"^shopd top  {url}  ok  over 0\.[5-9] s$")
        self.assertRegex(lines[1], r"^answers [1-9]\d*/s  5xx 0\.00 %")
        self.assertRegex(done.stdout, r"(?m)^GET    /v1/products +[1-9][\d.]+ +0\.00 +\d+\.\d\d ms +\d+\.\d\d ms  #*$")
        for row in ("queue", "decide", "record", "answer", "flush of the disk"):
            self.assertRegex(done.stdout, rf"(?m)^{row} +- +-  $")
        self.assertRegex(done.stdout, r"(?m)^queues +orders 0  carts 0  bulk 0")
        self.assertRegex(done.stdout, r"(?m)^followers, s +notices [\d.]+  live")
        self.assertNotIn("\033", done.stdout)
        self.assertEqual(self.stop()[0], DONE)

    def test_nobody_there_and_wrong_usage_are_told(self):
        done = run("top", "http://127.0.0.1:1", "--once")
        self.assertEqual((done.returncode, done.stdout), (FAILED, ""))
        self.assertIn("no metrics at http://127.0.0.1:1/metrics", done.stderr)
        self.assertEqual(run("top", "a", "b").returncode, USAGE)
        self.assertEqual(run("top", "--interval-ms", "1").returncode, USAGE)
