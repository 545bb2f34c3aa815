"""What one execution may use: over a limit it ends, and that is the student's."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from grader.records import Record

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
MIB = 1 << 20
TASKS = 2048  # processes and threads together: TensorFlow alone starts dozens of threads on a large machine
SLACK_MIB = 2048  # address space over the memory limit: the watchdog, which explains itself, comes first
OPEN_FILES = 4096


class Limits(Record):
    """Limits of an execution, for all of its processes together."""

    seconds: Seconds = Field(default=1800, description="Wall-clock seconds for all cells.")
    cell_seconds: Seconds = Field(default=900, description="Wall-clock seconds for one cell.")
    cpu_seconds: Seconds | None = Field(
        default=None, description="Processor seconds of all cores; by default what four busy cores use in 'seconds'."
    )
    output_mib: int = Field(default=64, gt=0, description="What all cells may print, MiB.")
    memory_mib: int = Field(default=16384, gt=0, description="Memory of all processes, MiB.")
    threads: int | None = Field(
        default=None, gt=0, description="Threads that share one operation of TensorFlow's; by default one a core."
    )
    processes: int = Field(default=64, gt=0, description="Processes at the same time, threads not counted.")
    file_mib: int = Field(default=1024, gt=0, description="Largest file, MiB.")
    disk_mib: int = Field(default=2048, gt=0, description="All files together, MiB; they are kept in memory.")
    files: int = Field(default=20_000, gt=0, description="Number of files.")

    @property
    def cpu(self) -> float:
        """Processor seconds that end the run."""
        return self.cpu_seconds if self.cpu_seconds is not None else 4 * self.seconds

    def resources(self, *, own_users: bool) -> dict[str, int]:
        """Return the limits that the system itself enforces on each process, by their names in ``resource``.

        Processes are counted by user: only a box with a user namespace of its own (``own_users``) can have
        that limit without counting other processes of the same user.
        """
        found = {
            "CORE": 0,
            "FSIZE": self.file_mib * MIB,
            "DATA": (self.memory_mib + self.memory_mib // 4 + SLACK_MIB) * MIB,
            "CPU": int(self.cpu) + 60,
            "NOFILE": OPEN_FILES,
        }
        return {**found, "NPROC": TASKS} if own_users else found
