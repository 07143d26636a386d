"""One HTTP POST to somebody else's server, with an end in time however slowly it answers, and no redirection.

`public_only`: to no address inside the network that this server stands in; the name is looked up once, and what was
found is what is connected to, so that it cannot mean another machine a moment later.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_TIMEOUT = 10.0  # seconds without a byte
_TOTAL = 30.0
_LONGEST = 64 * 1024  # bytes of an answer
_PORTS = {"https": 443, "http": 80}


class Unreachable(Exception):
    """The server did not answer, or may not be asked. `code` says which."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(url: str, body: bytes, headers: Mapping[str, str], *, public_only: bool = False) -> Answer:
    """Send a POST and return the answer, whatever its status. Raises Unreachable."""
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection = _connected(parts, _found(parts, public_only=public_only))
    except OSError:
        raise Unreachable("unreachable") from None
    end = threading.Timer(_TOTAL, _cut, [connection])
    end.daemon = True
    end.start()
    try:
        connection.request("POST", path, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        return Answer(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read(_LONGEST)
        )
    except TimeoutError:
        raise Unreachable("too_slow") from None
    except (OSError, http.client.HTTPException):
        raise Unreachable("broken_off") from None
    finally:
        end.cancel()
        connection.close()


def _found(parts: SplitResult, *, public_only: bool) -> tuple[str, int]:
    """Look up where the server is. Raises Unreachable `private_address` where that may not be asked; OSError."""
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if public_only and not all(_is_public(address) for address in found):
        raise Unreachable("private_address")
    return found[0], port


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


def _connected(parts: SplitResult, at: tuple[str, int]) -> http.client.HTTPConnection:
    """Connect to the address that was found; the certificate has to be that of the name."""
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or _PORTS[parts.scheme], timeout=_TIMEOUT)
    connected = socket.create_connection(at, timeout=_TIMEOUT)
    if parts.scheme == "https":
        connected = ssl.create_default_context().wrap_socket(connected, server_hostname=parts.hostname)
    connection.sock = connected
    return connection


def _cut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        connection.sock.close()
