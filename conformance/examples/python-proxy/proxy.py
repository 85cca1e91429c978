"""A plain streaming proxy in Python's standard library, to show that the suite asks nothing of a target but its manifest.

It does what most hand-written proxies do. Before the answer's head it is careful: a failure becomes an error of the Anthropic
Messages API. After the head it passes bytes on, and a failure ends the stream without a word. README.md says what the suite
makes of that.
"""

import http.client
import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

UPSTREAM = urlsplit(os.environ["STOPBIT_UPSTREAM_URL"])
LISTEN_HOST = os.environ.get("STOPBIT_LISTEN_HOST", "127.0.0.1")
LISTEN_PORT = int(os.environ.get("STOPBIT_LISTEN_PORT", "0"))

HOP_BY_HOP = {
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


def seconds(variable: str, default_ms: int) -> float:
    return int(os.environ.get(variable, default_ms)) / 1000


CONNECT_TIMEOUT = seconds("STOPBIT_CONNECT_TIMEOUT_MS", 10_000)
HEADERS_TIMEOUT = seconds("STOPBIT_HEADERS_TIMEOUT_MS", 280_000)
IDLE_TIMEOUT = seconds("STOPBIT_IDLE_TIMEOUT_MS", 240_000)
LISTENER_KEEPALIVE = seconds("STOPBIT_LISTENER_KEEPALIVE_MS", 65_000)


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = LISTENER_KEEPALIVE  # of an idle client connection

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        upstream = http.client.HTTPConnection(UPSTREAM.hostname, UPSTREAM.port, timeout=CONNECT_TIMEOUT)
        try:
            try:
                answer = self.ask(upstream, body)
            except (OSError, http.client.HTTPException) as error:
                timed_out = isinstance(error, TimeoutError)
                self.send_error_object(504 if timed_out else 502)
                return
            self.relay(answer)
        finally:
            upstream.close()

    def ask(self, upstream: http.client.HTTPConnection, body: bytes) -> http.client.HTTPResponse:
        """Sends the request on and waits for the head of the answer."""
        upstream.connect()
        upstream.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upstream.sock.settimeout(HEADERS_TIMEOUT)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        upstream.request("POST", self.path, body=body, headers=headers)
        answer = upstream.getresponse()
        if upstream.sock is not None:  # gone already when the answer ends with its connection
            upstream.sock.settimeout(IDLE_TIMEOUT)
        return answer

    def relay(self, answer: http.client.HTTPResponse) -> None:
        """Passes the answer on as it comes, in chunks of its own."""
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while data := answer.read1(65_536):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        except (OSError, http.client.HTTPException):
            # Here a proxy that knows its dialect would send the error event. This one closes the connection.
            self.close_connection = True

    def send_error_object(self, status: int) -> None:
        body = json.dumps(
            {"type": "error", "error": {"type": "api_error", "message": "The upstream gave no answer."}}
        ).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The suite looks at bytes, not at logs."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no news."""


def main() -> None:
    server = Server((LISTEN_HOST, LISTEN_PORT), Proxy)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    ready = {"port": server.server_address[1], "versions": {"python": sys.version.split()[0]}}
    print(f"STOPBIT_READY {json.dumps(ready)}", flush=True)
    server.serve_forever()


main()
