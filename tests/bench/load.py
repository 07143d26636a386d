"""Clients over HTTP: a plain connection each, kept open, in threads of this process, so that they cost little."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import psutil

from tests.bench.installation import Installation, cpu


@dataclass(frozen=True)
class Run:
    """What a number of requests took: seconds of each, seconds in all, seconds of processor time."""

    latencies: list[float]
    elapsed: float
    server_cpu: float
    database_cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.elapsed

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000

    def each(self, seconds: float) -> float:
        """Milliseconds for each request."""
        return seconds / len(self.latencies) * 1000


Request = tuple[str, dict[str, object]]


def run(
    installation: Installation, servers: Sequence[psutil.Process], requests: Sequence[Request], clients: int
) -> tuple[Run, list[object]]:
    """Post the requests, as many at a time as there are clients; also gives the answers, in any order."""
    waiting, lock = list(reversed(requests)), threading.Lock()
    latencies: list[float] = []
    answers: list[object] = []
    failures: list[BaseException] = []

    def work(connection: Connection) -> None:
        try:
            while True:
                with lock:
                    if not waiting or failures:
                        return
                    path, body = waiting.pop()
                began = time.perf_counter()
                answer = connection.post(path, body)
                latencies.append(time.perf_counter() - began)
                answers.append(answer)
        except BaseException as failure:  # noqa: BLE001 - handed on to the thread that waits
            failures.append(failure)

    connections = [Connection(installation) for _ in range(clients)]
    threads = [threading.Thread(target=work, args=[connection]) for connection in connections]
    server_before, database_before = cpu(list(servers)), installation.database_cpu()
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    used = cpu(list(servers)) - server_before, installation.database_cpu() - database_before
    for connection in connections:
        connection.close()
    if failures:
        raise failures[0]
    return Run(latencies, elapsed, *used), answers


class Connection:
    """HTTP/1.1 as far as our own server speaks it: answers with a length, connections that stay open."""

    def __init__(self, installation: Installation) -> None:
        self._port = int(installation.environment["STAFFETTA_PORT"])
        self._head = f"Host: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
        self._tokens = cycle(installation.tokens)
        self._open()

    def post(self, path: str, body: dict[str, object]) -> object:
        """Send a command and give its answer. RuntimeError when it is refused."""
        content = json.dumps(body).encode()
        token = f"Authorization: Bearer {next(self._tokens)}\r\n"
        head = f"POST {path} HTTP/1.1\r\n{self._head}{token}Content-Length: {len(content)}\r\n\r\n".encode()
        self._socket.sendall(head + content)
        status, received, closing = self._receive()
        if closing:
            self.close()
            self._open()
        if status not in {200, 201}:
            raise RuntimeError(f"{path}: {status} {received[:300]!r}")
        return json.loads(received)

    def close(self) -> None:
        """Let the connection go."""
        self._socket.close()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _receive(self) -> tuple[int, bytes, bool]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, content = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
        while len(content) < length:
            content += self._more()
        return int(lines[0].split()[1]), content, "connection: close" in lines

    def _more(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server has closed the connection")
        return received
