"""Builds and starts what ours is measured against: into build/peers, from the registries that cargo, go and apt-get are set
up for, installing nothing. What cannot be had is told as a reason, never left out in silence."""

from __future__ import annotations

import functools
import glob
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

CRATES = {"yrs": "yrs", "automerge": "Automerge", "loro": "Loro", "biscuit": "Biscuit", "tokio": "Tokio", "stateright": "Stateright",
          "madsim": "madsim", "turmoil": "turmoil"}
# These are built apart: cargo gives all crates of one build the features that any of them wants of a common dependency, and
# the simulators want more of Tokio than the program that measures it.
APART = ["peer-madsim", "peer-turmoil"]
CRATE_OF = {"biscuit": "biscuit-auth"}
TITLES = {**CRATES, "go": "Go", "caf": "CAF", "sql": "SQLite", "grpc": "gRPC"}
HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "build/peers"
UNPACKED = OUT / "debian"
LIBRARIES = UNPACKED / "usr/lib" / f"{os.uname().machine}-linux-gnu"


@dataclass
class Program:
    """A peer's program, or the reason why there is none. `private` arguments are of this machine and not told."""

    title: str
    command: list[str] = field(default_factory=list)
    version: str = ""
    reason: str = ""
    private: list[str] = field(default_factory=list)


class Lacking(Exception):
    """Why a peer cannot be had."""


def environment() -> dict[str, str]:
    """For our own benches: the memory bench loads Debian's allocators (jemalloc loaded late needs room for its TLS)."""
    return os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, [str(LIBRARIES), os.environ.get("LD_LIBRARY_PATH", "")])),
                         "GLIBC_TUNABLES": "glibc.rtld.optional_static_tls=16384"}


def need(tool: str, package: str = "") -> str:
    found = shutil.which(tool)
    if not found:
        raise Lacking(f"{tool} is not installed" + (f" (Debian: {package})" if package else ""))
    return found


def output(command: list[str], what: str, **more) -> str:
    # Into files: a server that is started here would hold a pipe open.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **more).returncode
        out.seek(0)
        err.seek(0)
        said, complaints = out.read(), err.read().splitlines()
    if code != 0:
        errors = [line for line in complaints if "error" in line.lower()] or complaints or ["no word"]
        # Addresses of this machine's mirrors have no place in a report.
        raise Lacking(f"{what} failed: " + re.sub(r"\w+://\S+", "…", errors[0])[:160])
    return said


class Builder:
    def __init__(self, root: Path, build: bool) -> None:
        self.root = root
        self.build = build
        self.cluster: tempfile.TemporaryDirectory | None = None
        self.stop: list[str] = []

    def __enter__(self) -> Builder:
        OUT.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self.stop:
            subprocess.run(self.stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if self.cluster:
            self.cluster.cleanup()

    def programs(self, wanted: set[str]) -> dict[str, Program]:
        """Each wanted peer, built; also the allocators, which our memory bench loads."""
        makers = {**{name: functools.partial(self.crate, name) for name in CRATES}, "go": self.go, "caf": self.caf,
                  "sql": self.sql, "sql-postgres": self.postgres, "grpc": self.grpc}
        try:
            self.debian("libmimalloc", r"libmimalloc\d[\d.]*")
            self.debian("libjemalloc", r"libjemalloc\d+")
        except Lacking as reason:
            print(f"  allocators: {reason}", flush=True)
        out = {}
        for name in sorted(wanted):
            title = "PostgreSQL" if name == "sql-postgres" else TITLES.get(name, name)
            try:
                if name not in makers:
                    raise Lacking("no such peer")
                out[name] = makers[name]()
            except (Lacking, OSError) as reason:
                out[name] = Program(title, reason=str(reason))
            p = out[name]
            print(f"  {name}: {p.reason or f'{p.title} {p.version}'}", flush=True)
        return out

    def ours(self, benches: list[str]) -> None:
        release = self.root / "build/release"
        if not (release / "build.ninja").exists():
            subprocess.run(["cmake", "--preset", "release"], cwd=self.root, check=True, stdout=subprocess.DEVNULL)
        known = subprocess.run(["ninja", "-C", str(release), "-t", "targets", "all"], capture_output=True, text=True).stdout
        targets = [b for b in benches if re.search(rf"^{re.escape(b)}:", known, re.M)]
        print(f"  ours: {' '.join(Path(t).name for t in targets)}", flush=True)
        subprocess.run(["ninja", "-C", str(release), "--quiet", *targets], cwd=self.root, check=True)

    # --- crates

    @functools.cache
    def crates(self) -> dict[str, str]:
        """What cargo could build of the workspace: program by package name."""
        if not self.build:
            return {f"peer-{n}": str(OUT / "rust/release" / f"peer-{n}") for n in CRATES if (OUT / "rust/release" / f"peer-{n}").exists()}
        print("  cargo: building (some minutes the first time)", flush=True)
        together = ["--workspace", *(word for name in APART for word in ("--exclude", name))]
        apart = [word for name in APART for word in ("--package", name)]
        built, failed = {}, ""
        for which in (together, apart):
            done = subprocess.run([need("cargo"), "build", "--release", *which, "--keep-going", "--quiet", "--message-format=json"],
                                  cwd=HERE / "peers/rust", env=os.environ | {"CARGO_TARGET_DIR": str(OUT / "rust")},
                                  capture_output=True, text=True)
            for line in done.stdout.splitlines():
                message = json.loads(line) if line.startswith("{") else {}
                if message.get("executable"):
                    built[message["target"]["name"]] = message["executable"]
            if done.returncode != 0:
                failed = failed or (done.stderr.strip().splitlines() or ["no word"])[0]
        if not built and failed:
            raise Lacking("cargo build failed: " + re.sub(r"\w+://\S+", "…", failed)[:160])
        return built

    def crate(self, name: str) -> Program:
        program = self.crates().get(f"peer-{name}")
        if not program:
            raise Lacking(f"cargo could not build peer-{name}")
        lock = (HERE / "peers/rust/Cargo.lock").read_text("utf-8")
        version = re.search(rf'name = "{CRATE_OF.get(name, name)}"\nversion = "([^"]+)"', lock)
        return Program(CRATES[name], [program], version[1] if version else "")

    # --- Go and C++

    def go(self) -> Program:
        program = OUT / "peer-go"
        go = need("go", "golang-go")
        if self.build:
            output([go, "build", "-o", str(program), "."], "go build", cwd=HERE / "peers/go")
        version = output([go, "env", "GOVERSION"], "go env").strip().removeprefix("go")
        return self.built("Go", program, version)

    def compiled(self, name: str, sources: list[str], libraries: list[str]) -> Path:
        program = OUT / f"peer-{name}"
        if self.build:
            output([need("g++", "g++"), "-std=c++17", "-O2", "-DNDEBUG", f"-I{self.root}", *sources, "-o", str(program), *libraries, "-pthread"],
                   f"compiling peer-{name}", cwd=self.root)
        return program

    def built(self, title: str, program: Path, version: str) -> Program:
        if not program.exists():
            raise Lacking(f"{program.name} is not built")
        return Program(title, [str(program)], version)

    def grpc(self) -> Program:
        if self.build and not Path("/usr/include/grpcpp/grpcpp.h").exists():
            raise Lacking("headers are not installed (Debian: libgrpc++-dev)")
        libraries = output([need("pkg-config"), "--libs", "grpc++"], "pkg-config").split()
        program = self.compiled("grpc", ["reports/peers/grpc/grpc.cpp"], libraries)
        return self.built("gRPC", program, output([str(program), "--version", "grpc"], "peer-grpc").strip())

    def debian(self, begins: str, pattern: str) -> str:
        """Unpacks the newest package of that name into build/peers/debian; its version."""
        marks = UNPACKED / "versions.json"
        known: dict[str, str] = json.loads(marks.read_text()) if marks.exists() else {}
        if begins in known:
            return known[begins]
        if not self.build:
            raise Lacking(f"{begins} is not unpacked")
        names = output([need("apt-cache"), "pkgnames", begins], "apt-cache").split()
        fits = sorted(n for n in names if re.fullmatch(pattern, n))
        if not fits:
            raise Lacking(f"no Debian package is called {begins}…")
        with tempfile.TemporaryDirectory() as folder:
            output([need("apt-get"), "download", "-q", fits[-1]], f"apt-get download {fits[-1]}", cwd=folder)
            (package,) = glob.glob(f"{folder}/*.deb")
            version = output(["dpkg-deb", "-f", package, "Version"], "dpkg-deb").strip()
            UNPACKED.mkdir(parents=True, exist_ok=True)
            output(["dpkg-deb", "-x", package, str(UNPACKED)], "dpkg-deb")
        marks.write_text(json.dumps(known | {begins: version}))
        return version

    def caf(self) -> Program:
        version = self.debian("libcaf-dev", "libcaf-dev")
        self.debian("libcaf-core", r"libcaf-core\d[\d.]*")
        program = self.compiled("caf", ["reports/peers/caf/caf.cpp"], ["-isystem", str(UNPACKED / "usr/include"), f"-L{LIBRARIES}",
                                                                     "-lcaf_core", f"-Wl,-rpath,{LIBRARIES}"])
        return self.built("CAF", program, version.split("-")[0])

    # --- databases

    def sql(self) -> Program:
        if self.build and not (Path("/usr/include/sqlite3.h").exists() and Path("/usr/include/postgresql/libpq-fe.h").exists()):
            raise Lacking("headers are not installed (Debian: libsqlite3-dev libpq-dev)")
        program = self.compiled("sql", ["reports/peers/sql/sql.cpp"], ["-isystem", "/usr/include/postgresql", "-lsqlite3", "-lpq"])
        return self.built("SQLite", program, output([str(program), "--version", "sqlite"], "peer-sql").strip())

    def postgres(self) -> Program:
        """A private cluster in a folder of its own, on a Unix socket alone, for as long as this session lasts."""
        program = self.sql()
        folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda f: int(re.findall(r"\d+", f)[-1]))
        tools = Path(folders[-1] if folders else Path(need("initdb", "postgresql")).parent)
        version = output([str(tools / "postgres"), "--version"], "postgres --version").split()[2]
        self.cluster = tempfile.TemporaryDirectory(prefix="peers-pg-", ignore_cleanup_errors=True)
        place = Path(self.cluster.name)
        become: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                raise Lacking("run by root, and there is no user postgres to run the server as") from None
            os.chown(place, user.pw_uid, user.pw_gid)
            become = [need("runuser"), "-u", "postgres", "--"]
        data = str(place / "data")
        output([*become, str(tools / "initdb"), "-D", data, "-U", "peer", "--auth=trust", "--no-sync"], "initdb", cwd=place)
        options = f"-c listen_addresses='' -c unix_socket_directories={place} -c shared_buffers=128MB"
        output([*become, str(tools / "pg_ctl"), "-D", data, "-l", str(place / "log"), "-w", "-o", options, "start"], "pg_ctl start", cwd=place)
        self.stop = [*become, str(tools / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"]
        return Program("PostgreSQL", program.command, version, private=["--postgres", f"host={place} user=peer dbname=postgres"])
