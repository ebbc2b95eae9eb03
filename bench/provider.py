#!/usr/bin/env python3
"""A provider for the bench: HTTP/1.1, keep-alive, 202 after DELAY_MS, 500 for a share FAILING of the calls.

usage: provider.py DELAY_MS FAILING    prints its port
"""
import asyncio
import random
import sys

DELAY_S, FAILING = float(sys.argv[1]) / 1000, float(sys.argv[2])
TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


class Call(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.bytes = transport, b""

    def data_received(self, data):
        self.bytes += data
        while True:
            head, end, rest = self.bytes.partition(b"\r\n\r\n")
            if not end:
                return
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            if len(rest) < length:
                return
            self.bytes = rest[length:]
            answer = FAILED if random.random() < FAILING else TAKEN
            asyncio.get_running_loop().call_later(DELAY_S, self.answer, answer)

    def answer(self, answer):
        if not self.transport.is_closing():
            self.transport.write(answer)


async def main():
    server = await asyncio.get_running_loop().create_server(Call, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
