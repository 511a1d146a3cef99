"""Packaging, as far as it can be checked without an engine: the unit by systemd, the compose file and the
Containerfile by parsers, the anchor's configuration by the program."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from common import ROOT, finish

FOLDER = ROOT / "ci/packaging"
INSTRUCTIONS = {"ARG", "FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}


def check_unit() -> list[str]:
    if shutil.which("systemd-analyze") is None:
        print("packaging: systemd-analyze is not here; the unit is not checked")
        return []
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder) / "worknode.service"
        unit.write_text((FOLDER / "worknode.service").read_text().replace("/usr/bin/worknode", "/bin/true"))
        ran = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    lines = [line for line in ran.stderr.splitlines() if "worknode.service" in line]
    return [f"worknode.service: {line}" for line in lines] if ran.returncode or lines else []


def check_containerfile() -> list[str]:
    findings = []
    text = re.sub(r"\\\n", " ", (FOLDER / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in lines:
        if line.split()[0] not in INSTRUCTIONS:
            findings.append(f"Containerfile: {line.split()[0]} is no instruction")
    last_user = [line for line in lines if line.startswith("USER")]
    if not last_user or last_user[-1].split()[1].startswith(("0", "root")):
        findings.append("Containerfile: the node would run as root")
    return findings


def check_compose() -> list[str]:
    try:
        import yaml
    except ImportError:
        print("packaging: PyYAML is not here; the compose file is not parsed")
        return []
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    findings = []
    for name, service in compose["services"].items():
        for other in service.get("depends_on", {}):
            if other not in compose["services"]:
                findings.append(f"compose.yaml: {name} depends on {other}, which is not there")
        for secret in service.get("secrets", []):
            if secret["source"] not in compose["secrets"]:
                findings.append(f"compose.yaml: {name} uses a secret that is not there")
    return findings


def check_anchor() -> list[str]:
    program = ROOT / "build/release/worknode"
    if not program.exists():
        return ["build/release/worknode is not built: run ci/build first"]
    ran = subprocess.run(
        [str(program), "node", "--config", str(FOLDER / "anchor.toml"), "--print-config"], capture_output=True, text=True
    )
    return [] if ran.returncode == 0 else [f"anchor.toml: {ran.stderr.strip()}"]


def main() -> None:
    findings = check_unit() + check_containerfile() + check_compose() + check_anchor()
    finish("packaging", findings, 4)


if __name__ == "__main__":
    main()
