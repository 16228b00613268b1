"""What records are prepared on: processes of this machine, the caller's own thread, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from node.errors import SettingsError, StorageError
from node.garbage import settle
from node.telemetry import configure_logging

if TYPE_CHECKING:
    from node.settings import ComputeSettings  # its library takes a fifth of a second of each process to start

_T = TypeVar("_T")
_Item = TypeVar("_Item")


def open_executor(settings: ComputeSettings, *, log_format: str = "text", log_level: str = "info") -> Executor:
    """Return what preparing runs on, as `[compute] executor` names it.

    Args:
        log_format, log_level: of the lines that its processes log, see `node.telemetry.configure_logging`.

    Raises:
        SettingsError: no such kind, or Dask is not installed.
    """
    kind = settings.executor
    if kind == "inline":
        return InlineExecutor()
    if kind == "processes":
        return Processes(settings.processes or os.cpu_count() or 1, log_format, log_level)
    if kind.startswith("dask://"):
        return DaskExecutor(kind.removeprefix("dask://"))
    raise SettingsError(f"compute.executor: {kind!r} is neither processes, inline nor dask://host:port")


def each_result(
    executor: Executor,
    future: Future[list[_T]],
    items: Sequence[_Item],
    *,
    again: Callable[[Executor, _Item], Future[list[_T]]],
    lost: Callable[[_Item], _T],
) -> list[_T]:
    """Return what a task made of some items, one result each; an item that its process dies of costs no other.

    Where the process died, each item is tried by itself in a process that no other task shares.

    Args:
        future: the task, submitted to the executor with all the items.
        again: submits the same for one item, to the executor it is given.
        lost: the result for an item that a process died of twice, so that it was not some other's doing.

    Raises:
        Exception: what the task raises.
    """
    try:
        return future.result()
    except _deaths():
        with _apart(executor) as own:
            return [_alone(own, item, again, lost) for item in items]


def _alone(
    own: Executor, item: _Item, again: Callable[[Executor, _Item], Future[list[_T]]], lost: Callable[[_Item], _T]
) -> _T:
    for _ in range(2):
        try:
            (result,) = again(own, item).result()
        except _deaths():
            continue
        return result
    return lost(item)


def _deaths() -> tuple[type[Exception], ...]:
    """What tells that a process died: Dask's error for it is none of `concurrent.futures`."""
    dask: Any = sys.modules.get("distributed")
    return (BrokenExecutor, dask.KilledWorker) if dask is not None else (BrokenExecutor,)


@contextmanager
def _apart(executor: Executor) -> Iterator[Executor]:
    """A process that only these tasks run in; of executors that are no processes of this machine, themselves."""
    if not isinstance(executor, Processes):
        yield executor
        return
    own = executor.apart()
    try:
        yield own
    finally:
        own.shutdown()


class InlineExecutor(Executor):
    """Runs each task at once, in the caller's thread: for one-core machines, debugging and tests."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Processes(Executor):
    """Runs tasks in processes; when one dies, tasks under way fail, and later ones get new processes."""

    def __init__(self, count: int, log_format: str = "text", log_level: str = "info") -> None:
        self._count = count
        self._logs = (log_format, log_level)
        self._lock = threading.Lock()
        self._pool = self._open()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._lock:
            try:
                return self._pool.submit(_run, fn, *args, **kwargs)
            except BrokenExecutor:
                self._pool.shutdown(wait=False)
                self._pool = self._open()
                return self._pool.submit(_run, fn, *args, **kwargs)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that are running."""
        return tuple(self._pool._processes or ())

    def apart(self) -> Processes:
        """Return another executor of the same kind, with one process; whoever asks shuts it down."""
        return Processes(1, *self._logs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def _open(self) -> ProcessPoolExecutor:
        # Spawned, not forked: the parent holds threads and open stores that a fork would tear.
        return ProcessPoolExecutor(
            self._count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=self._logs,
        )


class DaskExecutor(Executor):
    """Runs tasks on the workers of a Dask scheduler (https://distributed.dask.org/)."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise SettingsError(
                "compute.executor names a Dask scheduler, but Dask is not installed",
                advice="pip install fairnode[dask]",
            ) from error
        client: Any = Client  # it has no types
        try:
            self._client = client(f"tcp://{address}")
        except OSError as error:
            raise StorageError(
                f"the Dask scheduler at {address} does not answer",
                advice="Start it, or set compute.executor to processes.",
            ) from error
        self._tasks: Executor = self._client.get_executor()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._tasks.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        # Dask cancels what is under way by itself; its executor knows no such argument.
        self._tasks.shutdown(wait)
        self._client.close()


def _run(fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> _T:
    result = fn(*args, **kwargs)
    settle()  # profiles and vocabularies are loaded with the first task, and stay
    return result


def _begin(log_format: str, log_level: str) -> None:
    # Not configured, the logging library prints the values of variables, and those are harvested.
    configure_logging(log_format=log_format, level=log_level)
    _leave_with_parent()


def _leave_with_parent() -> None:
    """End this process when its parent is killed; it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
