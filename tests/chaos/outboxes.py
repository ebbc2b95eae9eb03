"""What the outboxes of several shopd were told, while it happens: they keep the newest 1,000 messages only."""
import collections
import ctypes
import os
import re
import select
import struct
import threading
import time

IN_CLOSE_WRITE, IN_Q_OVERFLOW = 0x8, 0x4000
HEAD = struct.Struct("iIII")  # struct inotify_event
MESSAGE = re.compile(rb"\d+-(\w+)-(\d+)-c\d+\.txt")  # event, notice, subject, contact
C = ctypes.CDLL(None, use_errno=True)


class Outboxes:
    """Counts every message written to DATA/outbox of the data folders, which it makes. A message that is written twice, by
    one shopd or by two, counts twice."""

    def __init__(self, folders):
        self.lock = threading.Lock()
        self.counts = collections.Counter()  # (notice, subject's number) -> times
        self.has_missed = False
        self.is_over = threading.Event()
        self.watch = C.inotify_init1(os.O_CLOEXEC)
        assert self.watch >= 0, os.strerror(ctypes.get_errno())
        for folder in folders:
            path = os.path.join(folder, "outbox")
            os.makedirs(path, mode=0o700)
            assert C.inotify_add_watch(self.watch, path.encode(), IN_CLOSE_WRITE) >= 0, os.strerror(ctypes.get_errno())
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self):
        while not self.is_over.is_set():
            if select.select([self.watch], [], [], 0.2)[0]:
                self.take(os.read(self.watch, 1 << 16))

    def take(self, events):
        at = 0
        while at < len(events):
            _, mask, _, length = HEAD.unpack_from(events, at)
            name = events[at + HEAD.size:at + HEAD.size + length].rstrip(b"\0")
            at += HEAD.size + length
            message = MESSAGE.fullmatch(name)
            with self.lock:
                self.has_missed |= bool(mask & IN_Q_OVERFLOW)
                if message:
                    self.counts[message[1].decode(), int(message[2])] += 1

    def told(self, notice):
        """Subject's number -> how often."""
        with self.lock:
            return {subject: count for (kind, subject), count in self.counts.items() if kind == notice}

    def wait_for(self, notice, subjects, limit_s):
        """What was told once it is about all of them, or after so many seconds."""
        until = time.monotonic() + limit_s
        while not (told := self.told(notice)).keys() >= subjects and time.monotonic() < until:
            time.sleep(0.2)
        return told

    def close(self):
        self.is_over.set()
        self.thread.join()
        os.close(self.watch)
