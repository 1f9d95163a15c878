import subprocess
import sys

import pytest

HEAVY = "import sys; sys.exit(any(name in sys.modules for name in ('numpy', 'scipy', 'libcst')))"


@pytest.mark.parametrize(
    "module",
    [
        "mendloop.core.record.read",
        "mendloop.core.record.redact",
        "mendloop.core.detect.rule",
        "mendloop.core.monitor.rule",
    ],
)
def test_what_a_server_needs_at_its_start_loads_no_numerics(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}; {HEAVY}"], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
