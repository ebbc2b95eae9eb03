"""Why event numbers come from the region's row and not from a sequence: a sequence gives them out before the commit, so who
follows by number misses what commits late."""
import subprocess
import unittest

import database


class Session:
    """A psql that stays, for transactions that overlap."""

    def __init__(self, url):
        self.process = subprocess.Popen([database.binary("psql"), url, "-X", "-A", "-t", "-q"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, sql):
        self.send(sql)
        return self.answer()

    def send(self, sql):
        self.process.stdin.write(sql + ";\n\\echo done\n")
        self.process.stdin.flush()

    def answer(self):
        lines = []
        while (line := self.process.stdout.readline().strip()) != "done":
            lines.append(line)
        return lines

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Numbers(unittest.TestCase):
    """Two writers overlap: the one that began first commits last. A follower asks for `number > position` in between."""

    @classmethod
    def setUpClass(cls):
        cls.database = database.Database()

    @classmethod
    def tearDownClass(cls):
        cls.database.remove()

    def setUp(self):
        self.sessions = [Session(self.database.url()) for _ in range(3)]
        for session in self.sessions:
            self.addCleanup(session.close)

    def followed(self, follower, position):
        return [int(number) for number in
                follower.ask(f"SELECT number FROM happened WHERE number > {position} ORDER BY number")]

    def test_a_sequence_loses_an_event(self):
        early, late, follower = self.sessions
        early.ask("CREATE TABLE happened(number bigserial PRIMARY KEY)")
        self.addCleanup(self.database.ask, "DROP TABLE happened")
        early.ask("BEGIN")
        early.ask("INSERT INTO happened DEFAULT VALUES")  # number 1, not committed
        late.ask("INSERT INTO happened DEFAULT VALUES")  # number 2, committed
        seen = self.followed(follower, 0)
        early.ask("COMMIT")
        seen += self.followed(follower, max(seen))
        self.assertEqual(seen, [2])  # 1 is there, and nobody who follows will ever see it
        self.assertEqual(self.followed(follower, 0), [1, 2])

    def test_a_row_that_is_locked_until_the_commit_does_not(self):
        early, late, follower = self.sessions
        early.ask("CREATE TABLE happened(number bigint PRIMARY KEY)")
        self.addCleanup(self.database.ask, "DROP TABLE happened; DROP TABLE counter")
        early.ask("CREATE TABLE counter AS SELECT 1::bigint AS next")
        take = ("WITH taken AS (UPDATE counter SET next = next + 1 RETURNING next - 1 AS number)"
                " INSERT INTO happened SELECT number FROM taken")
        early.ask("BEGIN")
        early.ask(take)
        late.send(take)  # waits
        seen = self.followed(follower, 0)
        self.assertEqual(seen, [])
        early.ask("COMMIT")
        late.answer()
        seen += self.followed(follower, 0)
        self.assertEqual(seen, [1, 2])
