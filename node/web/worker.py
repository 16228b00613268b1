"""A worker of gunicorn: requests are answered by threads, plain queries of kept connections by one thread for all."""

from __future__ import annotations

from typing import Any

from node.web.patience import PatientWorker
from node.web.sparql_answers import Answered
from node.web.sparql_straight import Body, Straight
from node.web.straight_loop import StraightLoop

_ADOPTED = object()


class Worker(PatientWorker):
    """A patient worker, and a loop that it gives connections to, which ask plain queries (`node.web.straight_loop`)."""

    _loop: StraightLoop | None = None

    def run(self) -> None:
        """Answer requests until the server ends."""
        straight = getattr(self.wsgi, "wsgi_app", None)
        if isinstance(straight, Straight):
            self._loop = StraightLoop(self, straight)
        super().run()

    def handle(self, conn: Any) -> Any:
        """Answer a request, on a thread; return whether the connection is to be kept, or is the loop's from now on."""
        kept = super().handle(conn)
        if kept is not True or self._loop is None or conn.parser.mesg.path != "/sparql":
            return kept
        return kept if conn.parser.unreader.buf.getvalue() else _ADOPTED

    def finish_request(self, conn: Any, fs: Any) -> None:
        """See to a connection whose thread is done with it."""
        if (
            self._loop is not None
            and self.alive
            and not fs.cancelled()
            and fs.exception() is None
            and fs.result() is _ADOPTED
        ):
            self._loop.adopt(conn)
        else:
            super().finish_request(conn, fs)

    def give_back(self, conn: Any) -> None:
        """See `node.web.straight_send.Server`."""
        self.method_queue.defer(self.enqueue_req, conn)

    def stream(self, conn: Any, response: Any, answered: Answered) -> None:
        """See `node.web.straight_send.Server`."""
        sent = self.tpool.submit(self._send, conn, response, answered)
        sent.add_done_callback(lambda fs: self.method_queue.defer(self.finish_request, conn, fs))

    def leave(self, conn: Any) -> None:
        """See `node.web.straight_send.Server`."""
        self.method_queue.defer(self._leave, conn)

    def closed(self, conn: Any) -> None:
        """See `node.web.straight_send.Server`."""
        self.method_queue.defer(self._close, conn)

    def _send(self, conn: Any, response: Any, answered: Answered) -> bool:
        conn.sock.setblocking(True)
        conn.sock.begin()
        body = [answered.body] if isinstance(answered.body, bytes) else Body(answered.body, answered.close)
        try:
            for chunk in body:
                response.write(chunk)
            response.close()
        except ConnectionError:
            return False  # the client has left
        except Exception:
            self.log.exception("An answer broke off")
            return False
        finally:
            getattr(body, "close", lambda: None)()
        return not response.should_close()
