"""Connections to checked addresses only: the address that was checked is the address that is connected to.

A name that is resolved once for the check and once more for the connection can answer differently each time.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from node.errors import AddressRefused, FetchError
from node.harvest.addresses import Network, why_refused


class Guard:
    """Resolves, checks and connects for one `HttpFetch`; knows the socket in use, so that a deadline can end it.

    Attributes:
        pools: connection pools by URL scheme, for `urllib3.PoolManager.pool_classes_by_scheme`.
    """

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        self._in_use: HTTPConnection | None = None
        self.pools = _pools(self)

    def open(self, connection: HTTPConnection) -> socket.socket:
        """Return a socket connected to the first admissible address of the connection's host that answers.

        Raises:
            AddressRefused: none is admissible.
            FetchError: the host has no address, now or ever.
        """
        host, port = connection.host.strip("[]"), connection.port
        problem: Exception | None = None
        for address in self._admissible(host, port):
            try:
                return create_connection((address, port), connection.timeout, socket_options=connection.socket_options)
            except OSError as error:
                problem = error
        if isinstance(problem, TimeoutError):
            raise ConnectTimeoutError(connection, f"no connection to {host} within the timeout") from problem
        raise NewConnectionError(connection, f"no connection to {host} port {port}: {problem}") from problem

    def use(self, connection: HTTPConnection) -> None:
        """Remember the connection that the request goes over."""
        self._in_use = connection

    def cut(self) -> None:
        """End the request under way from another thread: whoever waits for its bytes is told there are none."""
        sock = self._in_use.sock if self._in_use is not None else None
        if sock is not None:
            # The plain socket's shutdown: the one of TLS would also take the session away under the reader's feet.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _admissible(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise
            raise FetchError(f"the host {host} is not known: {error.strerror}") from error
        except UnicodeError as error:
            raise FetchError(f"the host {host[:100]} is no host name") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        reasons = {address: why_refused(address, self._allowed) for address in addresses}
        admitted = [address for address, reason in reasons.items() if reason is None]
        if not admitted:
            raise AddressRefused(f"{host} may not be fetched from: {'; '.join(str(r) for r in reasons.values())}")
        return admitted


class _Final(http.client.HTTPResponse):
    """The final response: interim ones come before it, asked for or not (RFC 9110, section 15.2).

    The class it extends knows 100 alone, and takes 103 Early Hints for the answer.
    """

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 102 <= status <= 199:
                return version, status, reason
            http.client.parse_headers(self.fp)


def _pools(guard: Guard) -> dict[str, Any]:
    # urllib3 makes connections by class, so the guard reaches them as part of classes made for it.
    class Connection(HTTPConnection):
        response_class = _Final

        def _new_conn(self) -> socket.socket:
            return guard.open(self)

        def putrequest(self, *arguments: Any, **options: Any) -> None:
            guard.use(self)
            super().putrequest(*arguments, **options)

    class SecureConnection(HTTPSConnection):
        response_class = _Final

        def _new_conn(self) -> socket.socket:
            return guard.open(self)

        def connect(self) -> None:
            guard.use(self)
            super().connect()

        def putrequest(self, *arguments: Any, **options: Any) -> None:
            guard.use(self)
            super().putrequest(*arguments, **options)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}
