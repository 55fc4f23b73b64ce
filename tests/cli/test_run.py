"""The processes of `colnode run`, on a real city."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.processes import answers, free_port, running

COLNODE = [sys.executable, "-m", "colnode.cli"]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def city(colnode: Run, tmp_path: Path, port: int) -> Path:
    """A folder with a city in it."""
    done = colnode(
        *("init", "--no-input", "--name", "Runton", "--centre", "54.7,25.3"),
        *("--base-url", f"http://localhost:{port}"),
    )
    assert done.returncode == 0, done.stderr
    return tmp_path


def below(parent_id: int) -> dict[str, int]:
    """The processes whose parent this is: the job worker, and another."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it ended meanwhile
        if above == parent_id:
            found["job" if b"--until-stdin-closes" in command else "web"] = int(folder.name)
    return found


def children(process: "subprocess.Popen[bytes]") -> dict[str, int]:
    """The process ids of `colnode run`: job worker, web server and web worker."""
    found = below(process.pid)
    if "web" in found:
        found["server"] = found.pop("web")
        found |= below(found["server"])
    return found


def wait_for(true: Callable[[], bool], seconds: float = 90) -> None:
    ends_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends_at
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_web_and_job_worker_start_and_stop_together(city: Path, port: int) -> None:
    with running([*COLNODE, "run"], city, port, COLNODE_SERVER_PORT=str(port)) as process:
        wait_for(lambda: len(children(process)) == 3)
        all_of_it = children(process)
    assert process.returncode == 0
    assert not any(is_alive(pid) for pid in all_of_it.values())
    assert f"Runton: http://localhost:{port}" in (city / "output.txt").read_text()
    assert "Traceback" not in (city / "output.txt").read_text()


def test_a_job_worker_that_dies_is_started_again(city: Path, port: int) -> None:
    with running([*COLNODE, "run", "--port", str(port)], city, port) as process:
        wait_for(lambda: "job" in children(process))
        first = children(process)["job"]
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: children(process).get("job", first) != first)
        assert answers(port)


def test_a_web_worker_that_dies_is_started_again(city: Path, port: int) -> None:
    with running([*COLNODE, "run", "--port", str(port)], city, port) as process:
        wait_for(lambda: "web" in children(process))
        time.sleep(6)  # granian takes an earlier death for a crash loop
        os.kill(children(process)["web"], signal.SIGKILL)
        wait_for(lambda: answers(port))


def test_nothing_is_left_behind_when_the_command_is_killed(city: Path, port: int) -> None:
    with running([*COLNODE, "run", "--port", str(port)], city, port) as process:
        wait_for(lambda: len(children(process)) == 3)
        all_of_it = children(process)
        process.kill()
        process.wait()
        wait_for(lambda: not any(is_alive(pid) for pid in all_of_it.values()))
        wait_for(lambda: not answers(port))


def test_a_port_in_use_is_named_and_nothing_is_started(city: Path, colnode: Run, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        done = colnode("run", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"colnode: Port {port} is in use by another program. Stop it, or choose another with "
        "--port or server.port.\n"
    )


def test_an_address_of_another_machine_is_refused(city: Path, colnode: Run, port: int) -> None:
    done = colnode("run", "--port", str(port), "--host", "192.0.2.7")
    assert done.returncode == 1
    assert "cannot be listened on" in done.stderr


def test_an_empty_folder_is_told_how_to_become_a_city(colnode: Run, port: int) -> None:
    assert colnode("db", "upgrade").returncode == 0
    done = colnode("run", "--port", str(port))
    assert done.returncode == 1
    assert "`colnode init` makes one" in done.stderr


def test_a_database_of_another_version_stops_the_start(city: Path, colnode: Run, port: int) -> None:
    database = city / "var" / "colnode.sqlite"
    subprocess.run(
        [sys.executable, "-c", _FROM_THE_FUTURE, str(database)],
        check=True,
    )
    done = colnode("run", "--port", str(port))
    assert done.returncode == 1
    assert "newer version" in done.stderr


_FROM_THE_FUTURE = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("UPDATE alembic_version SET version_num = '9999_future'")
database.commit()
database.close()
"""


def test_an_upload_of_200_mb_is_answered_with_a_page_and_not_read(city: Path, port: int) -> None:
    with running([*COLNODE, "run", "--port", str(port)], city, port):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(
                b"POST /verify HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
                b"Content-Type: application/octet-stream\r\nContent-Length: 200000000\r\n\r\n"
            )
            connection.sendall(bytes(100_000))
            answer = connection.recv(65536)
        assert b" 413 " in answer.splitlines()[0]
        assert answers(port)


def test_background_work_alone_ends_when_told_to(city: Path, colnode: Run) -> None:
    assert colnode("worker", "--once").returncode == 0
    command = [*COLNODE, "worker"]
    with subprocess.Popen(command, cwd=city, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline() == "Working for Runton. Stop with Ctrl+C.\n"
        worker.terminate()
        assert worker.wait(60) == 0
