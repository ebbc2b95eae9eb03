#!/usr/bin/python3
"""A real SMTP server (Debian's python3-aiosmtpd) for tests: STARTTLS, AUTH, and receivers that refuse.

usage: smtp_server.py FOLDER    makes FOLDER/certificate.pem, prints its port, writes each mail to FOLDER/NUMBER.eml

Receivers: busy@... is refused with 451 the first time, gone@... with 550 always. User `shop`, password `secret`.
"""
import asyncio
import pathlib
import ssl
import subprocess
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Mailbox:
    def __init__(self, folder):
        self.folder, self.count, self.busy = folder, 0, set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 nobody of this name"
        if address.startswith("busy@") and address not in self.busy:
            self.busy.add(address)
            return "451 4.3.0 try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        head = (f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {' '.join(envelope.rcpt_tos)}\r\n"
                f"X-Tls: {session.ssl is not None}\r\nX-Login: {session.auth_data}\r\n")
        path = self.folder / f"{self.count}.part"
        path.write_bytes(head.encode() + envelope.content)
        path.rename(self.folder / f"{self.count}.eml")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    is_right = mechanism in ("LOGIN", "PLAIN") and (data.login, data.password) == (b"shop", b"secret")
    return AuthResult(success=is_right, handled=is_right, auth_data=data.login)


async def main(folder):
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    mailbox = Mailbox(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="localhost", tls_context=context, authenticator=authenticate,
                     require_starttls=True, auth_required=True, loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(pathlib.Path(sys.argv[1])))
