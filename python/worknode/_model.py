"""Models that a user writes in Python, as the checker wants them: states as bytes that are equal iff they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from . import _core

STATES_MAX = 2**32 - 1


class Operation(NamedTuple):
    """What a model is asked about. Of an `info` operation nobody knows the result: it is None."""

    process: int
    function: str  # "read", "write", "put", …; "other" for a word that no model of ours uses
    outcome: str  # "ok" or "info" (and "fail" with failed_happened)
    key: Any
    value: Any  # the argument
    expected: Any  # cas: the old value
    result: Any  # what a read, get, dequeue, … saw
    txn: tuple[tuple[str, Any, Any], ...]  # ("append" | "w" | "r", key, value)


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _seen(value: str | list[str] | None) -> Any:
    return [json.loads(v) for v in value] if isinstance(value, list) else _value(value)


def _frozen(state: Any) -> Any:
    """Equal iff the states are, and hashable. Lists, sets and dicts may be states."""
    if isinstance(state, list):
        return (list, tuple(map(_frozen, state)))
    if isinstance(state, tuple):
        return (tuple, tuple(map(_frozen, state)))
    if isinstance(state, (set, frozenset)):
        return (set, frozenset(map(_frozen, state)))
    if isinstance(state, Mapping):
        return (dict, frozenset((k, _frozen(v)) for k, v in state.items()))
    try:
        hash(state)
    except TypeError:
        raise _core.BadInput(f"a model's state must be hashable or made of lists, sets and dicts, found a "
                             f"{type(state).__name__}") from None
    return state


class Adapter:
    """One check of one model on one history."""

    def __init__(self, model: Any, history: _core.History):
        step = getattr(model, "step", None)
        if not callable(step) or not hasattr(model, "initial"):
            raise _core.BadInput("a model needs `initial` (a state, or a function that gives it) and "
                                 "`step(state, operation)`")
        self._model_step: Callable[[Any, Operation], Any] = step
        self._history = history
        self._operations: dict[int, Operation] = {}
        self._numbers: dict[Any, bytes] = {}
        self._states: list[Any] = []
        self.name = str(getattr(model, "name", type(model).__name__ if not isinstance(model, type) else model.__name__))
        self.split_by_key = bool(getattr(model, "split_by_key", True))
        self.failed_happened = bool(getattr(model, "failed_happened", False))
        initial = model.initial() if callable(model.initial) else model.initial
        if initial is None:
            raise _core.BadInput("a model's state is never None; None says that an operation is impossible")
        self.initial = self._bytes(initial)
        observes = getattr(model, "observes", None)
        self.observes = (lambda index: bool(observes(self._operation(index)))) if callable(observes) else None

    def _bytes(self, state: Any) -> bytes:
        key = _frozen(state)
        number = self._numbers.get(key)
        if number is None:
            if len(self._states) >= STATES_MAX:
                raise _core.BadInput("a model with more than 2^32 - 1 states")
            number = len(self._states).to_bytes(4, "little")
            self._numbers[key] = number
            self._states.append(state)
        return number

    def _operation(self, index: int) -> Operation:
        found = self._operations.get(index)
        if found is None:
            row = self._history.operation(index)
            txn = tuple((kind, _value(key), _seen(value)) for kind, key, value in self._history.transaction(index))
            found = Operation(row["process"], row["function"], row["outcome"], _value(row["key"]), _value(row["value"]),
                              _value(row["expected"]), _value(row["result"]) if row["outcome"] == "ok" else None, txn)
            self._operations[index] = found
        return found

    def show(self, state: bytes) -> str:
        return repr(self._states[int.from_bytes(state, "little")])

    def step(self, state: bytes, index: int) -> bytes | None:
        after = self._model_step(self._states[int.from_bytes(state, "little")], self._operation(index))
        return None if after is None else self._bytes(after)
