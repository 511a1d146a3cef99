"""Finding scenarios, and changing them by keyword."""

from __future__ import annotations

import copy
import json
import os
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from . import _core

ScenarioLike = str | os.PathLike | Mapping


def _catalog_folders() -> list[Path]:
    """Where a bare name is looked for: the working directory's catalog first, then the package's own copy."""
    return [p for p in (Path("scenarios/catalog"), Path(__file__).parent / "catalog") if p.is_dir()]


def find(name: str | os.PathLike) -> Path:
    """The scenario file for a path, or for a bare name such as "raft-light"."""
    path = Path(name)
    if path.is_file():
        return path
    if path.suffix != ".toml" and len(path.parts) == 1:
        for folder in _catalog_folders():
            for found in sorted(folder.rglob(f"{path.name}.toml")):
                return found
    if path.is_dir():
        raise _core.BadInput(f"{path}: a folder; name one scenario file (wn.list_scenarios shows them)")
    raise _core.BadInput(f"{name}: no such scenario (wn.list_scenarios() shows those that are there)")


def list_scenarios(folder: str | os.PathLike | None = None) -> pd.DataFrame:
    """The scenarios of a folder (default: the catalog): name, group, title, path, config_hash.

    Raises BadInput for a folder that is not there, and for a scenario file that is wrong.
    """
    if folder is not None and not Path(folder).exists():
        raise _core.BadInput(f"{folder}: no such file or folder")
    folders = [Path(folder)] if folder is not None else _catalog_folders()[:1]
    rows = []
    for root in folders:
        for path in _core.find_scenarios(root):
            info = _core.scenario_info(path)
            rows.append({"name": info["name"], "group": Path(path).parent.name, "title": info["title"],
                         "path": str(path), "config_hash": info["config_hash"]})
    table = pd.DataFrame(rows, columns=["name", "group", "title", "path", "config_hash"])
    return table.astype({"group": "category"})


def _toml_value(value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {_toml_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml_value(v) for v in value) + "]"
    raise _core.BadInput(f"a scenario cannot hold a {type(value).__name__}: {value!r}")


def _to_toml(table: Mapping, prefix: str = "") -> str:
    plain, nested = [], []
    for key, value in table.items():
        name = f"{prefix}{json.dumps(str(key))}"
        if isinstance(value, Mapping):
            nested.append(f"[{name}]\n" + _to_toml(value, name + "."))
        elif isinstance(value, (list, tuple)) and value and all(isinstance(v, Mapping) for v in value):
            nested += [f"[[{name}]]\n" + _to_toml(v, name + ".") for v in value]
        else:
            plain.append(f"{json.dumps(str(key))} = {_toml_value(value)}\n")
    return "".join(plain) + "".join(nested)


def with_overrides(text: str, name: str, overrides: Mapping) -> str:
    """The scenario's TOML text with `table__key=value` set (two underscores are a dot)."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _core.BadInput(f"{name}: {error}") from None
    for path, value in overrides.items():
        *parents, key = path.replace("__", ".").split(".")
        place = table
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise _core.BadInput(f"{name}: {path}: {parent} is not a table")
        place[key] = value
    return _to_toml(table)


def _literal(value) -> str:
    """A Python literal; text in the quotes that need no escape inside of a shell's."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


class Source:
    """A scenario as something that makes plans, and can be sent to another process."""

    def __init__(self, scenario: ScenarioLike, overrides: Mapping | None = None):
        self.path: str | None = None
        self.text: str | None = None
        self._overrides = dict(overrides or {})
        if isinstance(scenario, Mapping):
            self.name = str(scenario.get("name", "scenario"))
            self.text = _to_toml({k: v for k, v in scenario.items() if k != "name"})
        else:
            path = find(scenario)
            self.name, self.path = path.stem, str(path)
            if overrides:
                try:
                    self.text = path.read_text("utf-8")
                except (OSError, UnicodeDecodeError) as error:
                    raise _core.BadInput(f"{path}: {error}") from None
        if overrides:
            self.text = with_overrides(self.text or "", self.name, overrides)

    def portable(self) -> Source:
        """The same scenario carried as text: on another machine its path may lead nowhere, or elsewhere."""
        if self.text is not None:
            return self
        out = copy.copy(self)
        try:
            out.text = Path(self.path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _core.BadInput(f"{self.path}: {error}") from None
        return out

    @staticmethod
    def check_seed(seed) -> None:
        if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= int(seed) < 1 << 64:
            raise _core.BadInput(f"seed {seed!r}: expected a whole number from 0 to 2^64 - 1")

    def plan(self, seed: int) -> str:
        self.check_seed(seed)
        if self.text is not None:
            return _core.plan_of_text(self.text, self.name, int(seed))
        return _core.plan_of_file(self.path, int(seed))

    def replay_command(self, seed: int) -> str:
        """A command of the shell that runs this seed again; empty for a scenario that only a dict holds."""
        if self.path is None:
            return ""
        if not self._overrides:
            return f"worknode run {shlex.quote(self.path)} --seed {seed}"
        words = "".join(f", {name}={_literal(value)}" for name, value in self._overrides.items())
        code = f"import worknode as wn; print(wn.run({_literal(self.path)}, seed={seed}{words}).explain())"
        return f"python3 -c {shlex.quote(code)}"
