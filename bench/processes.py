"""What a process takes of the machine, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

MEBIBYTE = 2**20
_TICKS = os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    """Resident memory of one process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE


def cpu_of(pid: int) -> float:
    """Processor time that one process has taken since it began, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
