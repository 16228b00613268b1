"""Runs the `fairnode` command and says on standard error how much memory its process took at most."""

from __future__ import annotations

import atexit
import sys

from node.cli import main
from tests.peak import peak_mib

if __name__ == "__main__":
    atexit.register(lambda: sys.stderr.write(f"\npeak-mib {peak_mib()}"))
    main()
