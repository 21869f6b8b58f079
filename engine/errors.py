"""Every error the engine raises on purpose. Each docstring says what to do next.

VesperaError
├── InvalidInputError          the caller's words are wrong
│   ├── ConfigurationError     a setting is unknown or out of range
│   ├── ImportFormatError      a file is not what it claims to be
│   └── UnknownOperationError  a service has no such operation
├── TaskError
│   ├── TaskNotFoundError
│   ├── TaskExistsError
│   ├── VersionConflictError
│   ├── AlreadyClaimedError
│   ├── NotReadyError
│   └── CycleError
├── QueueFullError
├── DataDirectoryError         the store can't be opened
│   └── DataDirectoryInUseError
│       ├── OwnerStoppedError
│       ├── OwnerVersionError
│       └── OwnerUnreachableError
├── DependencyDownError        a part the work needs is away; wait, don't retry
│   ├── StoreUnavailableError
│   │   └── StoreDamagedError
│   └── ModelUnavailableError
└── WorkerError                a child process failed at this call
    ├── WorkerDiedError
    └── WorkerTimeoutError
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class VesperaError(Exception):
    """Base of all errors below; its text is one clear line meant for a person."""


class InvalidInputError(VesperaError):
    """Something a caller passed is wrong. Correct the value the message names."""


class ConfigurationError(InvalidInputError):
    """A setting is unknown or out of range. Correct it at the source the message names."""


class ImportFormatError(InvalidInputError):
    """The file as a whole can't be read in this format. Check the path and ``--format``."""


class UnknownOperationError(InvalidInputError):
    """The service offers no such operation. Use one of those the message lists."""


class TaskError(VesperaError):
    """A write to a task was refused; the store is unchanged."""


class TaskNotFoundError(TaskError):
    """No task has this id. List or search to find the right one."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"no task has the id {task_id!r}")
        self.task_id = task_id


class TaskExistsError(TaskError):
    """The id is taken. Update that task, or leave the id out to get a new one."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"a task with the id {task_id!r} exists already")
        self.task_id = task_id


class VersionConflictError(TaskError):
    """Someone else changed the task first. Read it again, then repeat the change."""

    def __init__(self, task_id: str, expected: int, found: int) -> None:
        super().__init__(f"task {task_id!r} is at version {found}, not {expected}: read it again")
        self.task_id, self.expected, self.found = task_id, expected, found


class AlreadyClaimedError(TaskError):
    """Someone has the task. Claim another, or without an id the next that is ready."""


class NotReadyError(TaskError):
    """The task can't be started yet, or none can. Look at what blocks it."""


class CycleError(TaskError):
    """The edge would close a cycle. Drop one edge of the path, or import it flagged."""

    def __init__(self, path: Sequence[str]) -> None:
        super().__init__("this would close a cycle: " + " -> ".join(path))
        self.path = tuple(path)


class QueueFullError(VesperaError):
    """The queue is at ``queue_limit``. Wait for the backlog, or raise the limit."""


class DataDirectoryError(VesperaError):
    """The data directory can't be used. The message says what to repair."""


class DataDirectoryInUseError(DataDirectoryError):
    """Another process owns the data directory. Close it, or use another ``--data-dir``."""


class OwnerStoppedError(DataDirectoryInUseError):
    """The process that owns the directory was stopped (SIGSTOP). Continue it: ``kill -CONT``."""


class OwnerVersionError(DataDirectoryInUseError):
    """Its owner is another version of Vespera. Restart the older one."""


class OwnerUnreachableError(DataDirectoryInUseError):
    """Its owner can't be reached. The message says why; ``vespera-tui doctor`` looks closer."""


class DependencyDownError(VesperaError):
    """A part that the work needs is away. Work waits and continues when it is back."""

    def __init__(self, dependency: str, reason: str) -> None:
        super().__init__(f"{dependency}: {reason}")
        self.dependency, self.reason = dependency, reason


class StoreUnavailableError(DependencyDownError):
    """Chroma or Kuzu can't be opened or written. Repair the folder, or rebuild it."""


class StoreDamagedError(StoreUnavailableError):
    """What is in the store can't be read. The engine sets it aside and builds it anew."""


class ModelUnavailableError(DependencyDownError):
    """The embedding model can't be loaded. Check ``embedding.embedding_model`` and its path."""


class WorkerError(VesperaError):
    """A child process reported an error for this call; its traceback is attached."""

    def __init__(self, message: str, remote_traceback: str = "") -> None:
        super().__init__(message)
        self.remote_traceback = remote_traceback


class WorkerDiedError(WorkerError):
    """The child process ended in the middle of the call. It restarts by itself."""


class WorkerTimeoutError(WorkerError):
    """The call ran past its time limit and its process was killed. It restarts by itself."""
