"""What a query process takes from itself before it meets its first query: memory, core dumps, priority, the network.

Two independent walls against SERVICE: an empty network namespace (unshare(2)), where the system allows one, and a
seccomp filter (https://docs.kernel.org/userspace-api/seccomp_filter.html) that refuses sockets and new programs, which
also works inside containers.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import platform
import resource
import struct
from functools import cache

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_SECCOMP_RET_ALLOW = 0x7FFF0000
_SECCOMP_RET_ERRNO = 0x00050000
# BPF: load a word, jump if equal, jump if any bit is set, return.
_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_X32_CALLS = 0x40000000

# machine -> (AUDIT_ARCH, numbers of socket, connect, io_uring_setup, execve, execveat)
_MACHINES = {
    "x86_64": (0xC000003E, (41, 42, 425, 59, 322)),
    "aarch64": (0xC00000B7, (198, 203, 425, 221, 281)),
}


def confine() -> tuple[str, ...]:
    """Take the network and the right to start programs from this process; call it before any thread starts.

    Returns:
        the walls against the network that stand: `namespace`, `seccomp`, both or none.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    walls = []
    if _leave_network():
        walls.append("namespace")
    if _refuse_sockets():
        walls.append("seccomp")
    return tuple(walls)


def allow_memory(memory_mb: int) -> None:
    """Let this process have that many MiB of address space beyond what it has now, for good."""
    limit = address_space() + memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def address_space() -> int:
    """Return the bytes of address space this process has."""
    return int(os.pread(_statm(), 256, 0).split()[0]) * resource.getpagesize()


@cache
def _statm() -> int:
    # Kept open: each query asks, and what it says is made anew at each read (proc_pid_statm(5)).
    return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)


def allow_cpu(seconds: float) -> None:
    """Let this process use that many more seconds of processor time: a query whose pool has died ends all the same."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _leave_network() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    # A user namespace gives up the right to read files of others: only where nothing less is allowed.
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def _refuse_sockets() -> bool:
    known = _MACHINES.get(platform.machine())
    if known is None or struct.calcsize("P") != 8:
        return False
    architecture, calls = known
    refuse = (_RETURN, 0, 0, _SECCOMP_RET_ERRNO | errno.EACCES)
    program = [
        (_LOAD, 0, 0, 4),
        (_JUMP_EQUAL, 1, 0, architecture),
        refuse,
        (_LOAD, 0, 0, 0),
        (_JUMP_SET, 0, 1, _X32_CALLS),
        refuse,
    ]
    for call in calls:
        program += [(_JUMP_EQUAL, 0, 1, call), refuse]
    program.append((_RETURN, 0, 0, _SECCOMP_RET_ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    # struct sock_fprog: a length and, aligned, a pointer.
    filters = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    result: int = libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filters), 0, 0)
    return result == 0
