"""A web server on loopback that answers POST requests by a function, for as long as a block lasts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prodworthy.record.ledger.web import Answer

Answering = Callable[[str, bytes, str], Answer]


@contextlib.contextmanager
def serving(answering: Answering, location: str = "") -> Iterator[str]:
    """The address, without a slash at its end. A status of 3xx points to `location`."""

    class Handling(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = answering(self.path, body, self.headers["Content-Type"])
            self.send_response(answer.status)
            self.send_header("Content-Type", f"{answer.media_type}; charset=utf-8")
            self.send_header("Content-Length", str(len(answer.body)))
            if 300 <= answer.status < 400:
                self.send_header("Location", location)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handling) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
