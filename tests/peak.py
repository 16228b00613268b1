"""How much memory a program took."""

from __future__ import annotations

from pathlib import Path


def peak_mib(pid: int | None = None) -> float:
    """Return the most memory a program held, in MiB; what its parent held before it does not count (proc(5)).

    Args:
        pid: of its process; this one where it is not given.
    """
    lines = Path(f"/proc/{pid or 'self'}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
