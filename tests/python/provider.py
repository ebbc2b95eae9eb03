"""An HTTP server that stands for a provider: keeps what it got, and answers what a test wants. Loopback, free port."""
import copy
import http.server
import socket
import threading


class Provider:
    """`answer(request)` gives (status, body) or (status, body, headers); requests are kept in order."""

    def __init__(self, answer=lambda request: (200, b"{}"), port=0):
        self.answer, self.requests, self.connections, self.lock = answer, [], [], threading.Lock()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                with provider.lock:
                    provider.connections.append(self.connection)

            def do_POST(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with provider.lock:
                    request = copy.copy(self)  # a connection that is used again has one handler
                    provider.requests.append(request)
                status, body, *headers = provider.answer(request)
                self.send_response(status)
                for name, value in (headers[0] if headers else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

            def handle_error(self, request, client_address):
                pass  # who called has gone

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def got(self):
        with self.lock:
            return list(self.requests)

    def stop(self):
        """With its connections, as when its machine falls."""
        self.server.shutdown()
        with self.lock:
            for connection in self.connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it has gone before
        self.server.server_close()
        self.thread.join()
