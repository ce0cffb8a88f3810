"""The stack's child processes."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local.config import StackConfig
from local.process import Child, PortTaken, ensure_port_free
from local.stack import Stack, StackError

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + PARENT
Make = Callable[[str], Child]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a child that runs some Python; it is ended after the test."""
    children: list[Child] = []

    def child(code: str) -> Child:
        command = [sys.executable, "-c", code]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        log = tmp_path / "logs" / f"{len(children)}.log"
        children.append(Child("worker", command, environment, log))
        return children[-1]

    yield child
    for made in children:
        made.stop(0)


def wait_for(condition: Callable[[], object], limit_s: float = 20) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"nothing in {limit_s:g} s"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """True while the process exists and is no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def grandchild(child: Child) -> int:
    wait_for(lambda: child.last_lines().strip().isdecimal())
    return int(child.last_lines())


def test_a_child_that_was_not_started_has_neither_id_nor_end(make: Make) -> None:
    child = make("pass")
    assert (child.pid, child.ended, child.last_lines()) == (None, None, "")


def test_a_running_child_has_an_id_and_no_end(make: Make) -> None:
    child = make(PARENT)
    child.start()
    assert child.pid is not None
    assert runs(child.pid)
    assert child.ended is None


def test_the_output_of_a_child_is_in_its_log(make: Make) -> None:
    child = make("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    child.start()
    wait_for(lambda: child.ended is not None)
    assert (child.ended, child.pid) == (3, None)
    assert child.last_lines().splitlines() == ["out", "err"]


def test_the_last_lines_of_a_log_are_its_last(make: Make) -> None:
    child = make("for number in range(40): print(number)")
    child.start()
    wait_for(lambda: child.ended is not None)
    assert child.last_lines(3) == "37\n38\n39"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("code", [PARENT, STUBBORN], ids=["obedient", "stubborn"])
def test_a_child_is_stopped_with_its_whole_group(make: Make, code: str) -> None:
    child = make(code)
    child.start()
    pid, below = child.pid, grandchild(child)
    child.stop(0.2)
    assert pid is not None
    wait_for(lambda: not runs(pid) and not runs(below))


def test_a_child_that_ended_is_started_again_and_its_log_goes_on(make: Make) -> None:
    child = make("print('here')")
    for _ in range(2):
        child.start()
        wait_for(lambda: child.ended is not None)
    assert child.last_lines() == "here\nhere"


def test_stopping_twice_or_before_the_start_does_no_harm(make: Make) -> None:
    child = make(PARENT)
    child.stop()
    child.start()
    child.stop()
    child.stop()
    assert child.pid is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can end a child with its parent")
def test_a_child_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    code = (
        "import os, sys, time; from pathlib import Path; from local.process import Child;"
        f"Child('c', [sys.executable, '-c', 'import os, time; print(os.getpid(), flush=True);"
        f" time.sleep(600)'], os.environ, Path({str(log)!r})).start(); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as supervisor:
        wait_for(lambda: log.exists() and log.read_text().strip())
        pid = int(log.read_text())
        assert runs(pid)
        supervisor.send_signal(signal.SIGKILL)
    wait_for(lambda: not runs(pid))


def test_a_taken_port_is_named_with_who_wants_it_and_the_setting_that_moves_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            ensure_port_free(port, "Azurite", "OPAL_BLOB_PORT")
    for part in (f"Port {port}", "Azurite", "OPAL_BLOB_PORT="):
        assert part in str(caught.value)


def test_a_free_port_is_fine() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ensure_port_free(port, "Azurite", "OPAL_BLOB_PORT")


def test_a_second_stack_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    stack = Stack(StackConfig(1, 2, 3, tmp_path))
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StackError, match="OPAL_LOCAL_DIR"):
            stack.start()
    stack.stop()
