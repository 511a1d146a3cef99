"""A client of running servers, over QUIC.

    import worknode as wn

    with wn.connect("quic://127.0.0.1:7411/" + key) as c:
        c.put(3, 42)                          # EVENTUAL: at once, spread to all
        c.get(3, mode="strong")               # through the Raft group that owns worknode 3
        c.add(4, 1); c.get(4, "count")
        c.call(2)                             # the worknode's behaviour: the sum of its children's counters
        with c.watch(3) as values:            # polls; never goes back
            next(values)

Worknodes are numbers (0 is the root) or 32 hex digits. Times are seconds. Every operation ends by its deadline
(`timeout`); what took no effect, and what nobody knows about, raise different exceptions. Any thread may use a
client; other threads run meanwhile (the interpreter's lock is released).
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

from . import _core


class ClientError(RuntimeError):
    """An operation that did not succeed. `problem` is its kind, `code` what the server said."""

    def __init__(self, problem: str, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem
        self.code = code


class Refused(ClientError):
    """It took no effect: no such worknode, an expectation that did not hold, …: `code` says which."""


class Denied(Refused):
    """It took no effect: the capability does not allow it."""


class Overloaded(ClientError):
    """It took no effect: a limit was reached; later it may do better."""


class TimedOut(ClientError, TimeoutError):
    """No answer in time, and it took no effect."""


class Unreachable(TimedOut):
    """No server could be connected to."""


class UnknownOutcome(ClientError):
    """No answer in time: whether it took effect is not known."""


class Closed(ClientError):
    """The client was closed."""


_KINDS: dict[str, type[ClientError]] = {
    "refused": Refused, "invalid": Refused, "failed": Refused, "denied": Denied, "overloaded": Overloaded,
    "timed-out": TimedOut, "unreachable": Unreachable, "unknown-outcome": UnknownOutcome, "closed": Closed,
}


def _error(problem: str, code: str, message: str) -> ClientError:
    return _KINDS.get(problem, ClientError)(problem, code, message)


class Watch:
    """The values of a property as they change: an iterator of ints, or of lists where the property holds many."""

    def __init__(self, client: Client, worknode: int | str, property: str, mode: str, interval: float) -> None:
        self._values: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._client = client
        self._property = property
        self._id = client._core.watch(str(worknode), property, mode, interval, self._told)
        if self._id == 0:
            raise Overloaded("overloaded", "overloaded", "too many watches, or the client is closed")

    def _told(self, problem: str | None, found: bool, value: Any) -> None:
        self._values.put(_error(problem, "", value) if problem else _shaped(self._property, found, value))

    def get(self, timeout: float | None = None) -> Any:
        """The next value, waiting for it; `queue.Empty` after `timeout` seconds. None: the property has no value."""
        value = self._values.get(timeout=timeout)
        if isinstance(value, ClientError):
            raise value
        return value

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self.get()

    def close(self) -> None:
        """No more values come."""
        self._client._core.unwatch(self._id)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _shaped(property: str, found: bool, items: list[int]) -> Any:
    if not found:
        return None
    if property in ("title", "count", "budget"):
        return items[0]
    if property == "groups":
        pairs: dict[int, list[int]] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            pairs.setdefault(key, []).append(value)
        return pairs
    return items


class Client:
    """See the module. `mode` is "local", "eventual" or "strong"; the client's own `mode` is the default."""

    def __init__(self, *servers: str, identity: str | PathLike[str] | None = None, token: bytes = b"",
                 timeout: float = 5.0, mode: str = "eventual") -> None:
        secret = b"" if identity is None else Path(identity).read_bytes()
        self.mode = mode
        self._core = self._asked(_core.Client, list(servers), secret, token, timeout)

    @staticmethod
    def _asked(function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except _core._ClientFailed as failed:
            raise _error(*failed.args) from None

    def run(self, function: str, worknode: int | str, *, mode: str | None = None, property: str = "title",
            other: int | str = "", value: int = 0, key: int = 0, expected: int = 0, limit: int = 0,
            timeout: float = 0.0) -> tuple[bool, list[int], bool]:
        """Any function of a worknode by its name: (found, items, more). `timeout` 0 is the client's."""
        return self._asked(self._core.run, function, str(worknode), mode or self.mode, property, str(other), value,
                           key, expected, limit, timeout)

    def get(self, worknode: int | str, property: str = "title", *, mode: str | None = None) -> Any:
        """The property's value; None where it has none."""
        found, items, _ = self.run("get", worknode, mode=mode, property=property)
        return _shaped(property, found, items)

    def put(self, worknode: int | str, value: int, *, mode: str | None = None) -> None:
        """Writes the title."""
        self.run("put", worknode, mode=mode, value=value)

    def add(self, worknode: int | str, value: int, property: str = "count", *, mode: str | None = None) -> None:
        """Adds to a counter: count or budget."""
        self.run("add", worknode, mode=mode, property=property, value=value)

    def cas(self, worknode: int | str, expected: int, value: int) -> bool:
        """STRONG: writes `value` if `expected` is there; whether it was."""
        try:
            self.run("cas", worknode, mode="strong", expected=expected, value=value)
        except Refused as refused:
            if refused.code != "precondition" or isinstance(refused, Denied):
                raise
            return False
        return True

    def call(self, worknode: int | str) -> int:
        """The worknode's behaviour: the sum of its children's counters."""
        _, items, _ = self.run("call", worknode, mode="eventual")
        return items[0] if items else 0

    def include(self, worknode: int | str, value: int) -> None:
        """Adds to the set `tags`."""
        self.run("include", worknode, mode="eventual", value=value)

    def exclude(self, worknode: int | str, value: int) -> None:
        """Takes out of the set `tags`."""
        self.run("exclude", worknode, mode="eventual", value=value)

    def create(self, worknode: int | str, under: int | str) -> None:
        """A new worknode below another."""
        self.run("create", worknode, mode="eventual", other=under)

    def move(self, worknode: int | str, under: int | str) -> None:
        """A worknode, with all below it, to below another."""
        self.run("move", worknode, mode="eventual", other=under)

    def query(self, worknode: int | str, limit: int = 1000) -> list[int]:
        """Numbers of the worknodes below it, at most `limit`."""
        _, items, _ = self.run("query", worknode, mode="eventual", limit=limit)
        return [0 if i <= 1 else i - 15 for i in items]

    def watch(self, worknode: int | str, property: str = "title", *, mode: str | None = None,
              interval: float = 0.1) -> Watch:
        """The property's values as they change, looked at every `interval` seconds."""
        return Watch(self, worknode, property, mode or self.mode, interval)

    def kv_get(self, key: bytes | str) -> bytes | None:
        """Of the key-value service (STRONG)."""
        return self._asked(self._core.kv, "get", _bytes(key), b"")

    def kv_put(self, key: bytes | str, value: bytes | str) -> None:
        """Of the key-value service (STRONG)."""
        self._asked(self._core.kv, "put", _bytes(key), _bytes(value))

    def wait_connected(self, timeout: float = 5.0) -> None:
        """Raises Unreachable, with the reason as far as it is known."""
        self._asked(self._core.wait_connected, timeout)

    def stats(self) -> dict[str, Any]:
        """Counts of operations, attempts and bytes since the start."""
        return self._core.stats()

    def close(self) -> None:
        """Ends what is open. Later operations raise Closed."""
        self._core.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def connect(*servers: str, identity: str | PathLike[str] | None = None, token: bytes = b"", timeout: float = 5.0,
            mode: str = "eventual", wait: float | None = 5.0) -> Client:
    """A client of these servers, quic://HOST:PORT/KEY each, the home first.

    `identity`: a file of 64 hex digits; without one this client is nobody's afterwards. `timeout`: of each
    operation. `wait`: for a server to answer now, so that a wrong address or key is an Unreachable here; None: don't.
    """
    client = Client(*servers, identity=identity, token=token, timeout=timeout, mode=mode)
    if wait is not None:
        try:
            client.wait_connected(wait)
        except ClientError:
            client.close()
            raise
    return client
