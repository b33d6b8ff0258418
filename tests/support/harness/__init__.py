"""What end-to-end tests share: the real programs, a scratch home, sessions, daemons, and waits with deadlines.

    from harness import Box, Session

    with Box() as box, box.listen():
        with Session(box) as session:
            session.initialize()
            print(session.tool("remember", text="the harbour closes at nine").text)

Nothing in here sleeps: every wait is for an event, with a deadline that MAYLA_SLOW (a factor) stretches for builds
with sanitizers. Tests are plain unittest and run by hand as well: MAYLA_BUILD=build python3 tests/e2e/x_test.py with
PYTHONPATH=tests/support.
"""

from harness.box import Box, Daemon
from harness.programs import SOURCE, need_manager, on_sanitizers, program
from harness.session import Session, ToolResult
from harness.units import Units
from harness.wait import seconds, until, wait_end
from harness.wire import Link

__all__ = [
    "Box", "Daemon", "Link", "Session", "SOURCE", "ToolResult",
    "need_manager", "on_sanitizers", "program", "Units", "seconds", "until", "wait_end",
]
