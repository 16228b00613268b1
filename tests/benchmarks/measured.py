"""Runs the `fairnode` command and says on standard error how much memory its process took at most."""

from __future__ import annotations

import atexit
import resource
import sys

from node.cli import main

if __name__ == "__main__":
    atexit.register(lambda: sys.stderr.write(f"\npeak-mib {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}"))
    main()
