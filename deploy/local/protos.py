"""Generates the Python of `proto/` into `build/gen`: messages, gRPC stubs and their types for mypy.

Nothing generated is committed. A stamp of the inputs' content makes a second run free; files whose content did not
change keep their modification time, so that mypy's and Python's caches stay warm.

    python -m deploy.local.protos            generate if anything changed
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from google.protobuf import descriptor_pb2

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "proto"
TARGET = ROOT / "build" / "gen"
STAMP = ROOT / "build" / "gen.stamp"


class GenerationFailed(Exception):
    """The compiler refused a proto file; its own words are on standard error."""


def sources() -> list[Path]:
    """Every proto file, in a stable order."""
    return sorted(SOURCE.rglob("*.proto"))


def fingerprint(files: list[Path]) -> str:
    """A hash of everything that decides what is generated: the protos, the generators and this script."""
    digest = hashlib.sha256()
    for package in ("grpcio-tools", "mypy-protobuf"):
        digest.update(f"{package}={metadata.version(package)}\n".encode())
    for path in [Path(__file__), *files]:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def compile_into(folder: Path, files: list[Path]) -> None:
    """Run protoc over the files. Raises GenerationFailed."""
    from grpc_tools import _proto  # its data folder holds google/protobuf/*.proto

    scripts = Path(sys.executable).parent
    command = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"--proto_path={SOURCE}",
        f"--proto_path={Path(_proto.__path__[0])}",
        f"--plugin=protoc-gen-mypy={scripts / 'protoc-gen-mypy'}",
        f"--plugin=protoc-gen-mypy_grpc={scripts / 'protoc-gen-mypy_grpc'}",
        f"--python_out={folder}",
        f"--grpc_python_out={folder}",
        f"--mypy_out=quiet:{folder}",
        f"--mypy_grpc_out=quiet,only_sync:{folder}",
        *(str(path.relative_to(SOURCE)) for path in files),
    ]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise GenerationFailed


def describe() -> descriptor_pb2.FileDescriptorSet:
    """Every proto file as a descriptor with its comments, for documentation and policy. Raises GenerationFailed."""
    from grpc_tools import _proto

    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "protos.binpb"
        command = [
            *(sys.executable, "-m", "grpc_tools.protoc"),
            *(f"--proto_path={SOURCE}", f"--proto_path={Path(_proto.__path__[0])}"),
            *(f"--descriptor_set_out={image}", "--include_source_info", "--include_imports"),
            *(str(path.relative_to(SOURCE)) for path in sources()),
        ]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            raise GenerationFailed
        return descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes())


def bring_over(fresh: Path, target: Path) -> None:
    """Make `target` equal to `fresh`, touching only what differs, each file in one step.

    Packages get no `__init__.py`: `rf` stays a namespace package, as the runtime and mypy both take it.
    """
    wanted = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    target.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        old, new = target / name, fresh / name
        if old.exists() and old.read_bytes() == new.read_bytes():
            continue
        old.parent.mkdir(parents=True, exist_ok=True)
        new.replace(old)
    for path in target.rglob("*_pb2*.py*"):
        if path.suffix in {".py", ".pyi"} and path.relative_to(target) not in wanted:
            path.unlink(missing_ok=True)


def generate() -> bool:
    """Bring `build/gen` up to date; says whether anything had to be done. Raises GenerationFailed."""
    files = sources()
    stamp = fingerprint(files)
    TARGET.mkdir(parents=True, exist_ok=True)
    if not files or (STAMP.exists() and STAMP.read_text() == stamp):
        return False
    fresh = Path(tempfile.mkdtemp(prefix="gen.", dir=TARGET.parent))
    try:
        compile_into(fresh, files)
        bring_over(fresh, TARGET)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    beside = STAMP.with_name(f"{STAMP.name}.{os.getpid()}")
    beside.write_text(stamp)
    beside.replace(STAMP)
    return True


if __name__ == "__main__":
    try:
        changed = generate()
    except GenerationFailed:
        sys.exit(1)
    if changed:
        print(f"proto: generated from {len(sources())} files")
