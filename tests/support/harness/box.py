"""A scratch home with everything that May-la keeps, and the daemons that work in it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from harness.programs import install, program
from harness.wait import seconds, wait_end

# What a program of ours may see of the caller's environment; all else is the box's own.
PASSED_ON = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")


class Daemon:
    """A daemon that the test started itself (`--listen`). Ends with its `with` block."""

    def __init__(self, box, process):
        self.box = box
        self.process = process
        self.pid = process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """SIGKILL, and returns when it is gone."""
        self.process.kill()
        self.process.wait(seconds(10))

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(seconds(20))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            raise


class Box:
    """A person's home in a scratch folder. Everything goes with its `with` block, daemons included.

    `env` is the environment its programs get; tests may change it. Below user-manager, Box.login() is the home that
    the manager itself uses: there the socket unit, not the test, starts the daemon.
    """

    def __init__(self, folder=None):
        # Short, because a unix socket's path has 107 bytes.
        self.folder = Path(folder or tempfile.mkdtemp(prefix="mayla-", dir="/tmp"))
        self.temporary = folder is None
        self.home = self.folder / "home"
        self.runtime = self.folder / "run"
        self.home.mkdir(exist_ok=True)
        self.runtime.mkdir(mode=0o700, exist_ok=True)
        self.env = {
            "HOME": str(self.home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(self.runtime),
        }
        self.env.update({name: os.environ[name] for name in PASSED_ON if name in os.environ})

    @classmethod
    def login(cls):
        """The home and the runtime folder of the user that this test runs as, below user-manager."""
        box = cls.__new__(cls)
        box.folder = box.home = Path(os.environ["HOME"])
        box.temporary = False
        box.runtime = Path(os.environ["XDG_RUNTIME_DIR"])
        names = ("HOME", "PATH", "LANG", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", *PASSED_ON)
        box.env = {name: os.environ[name] for name in names if name in os.environ}
        return box

    @property
    def socket(self):
        return self.runtime / "mayla/daemon.sock"

    @property
    def data(self):
        return self.home / ".local/share/mayla"

    @property
    def log(self):
        return self.home / ".local/state/mayla/daemon.log"

    def log_tail(self, lines=30):
        """The end of the daemon's log, for a failure's message."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError as error:
            return f"(no log: {error})"

    def install(self):
        """The programs side by side in ~/.local/bin, which stands first in PATH from now on."""
        folder = install(self.home / ".local/bin")
        self.env["PATH"] = f"{folder}:{self.env['PATH']}"
        return folder

    def start(self, *arguments, path=None, **options):
        """Starts a daemon with these arguments and returns the process without waiting for anything."""
        options.setdefault("env", self.env)
        return subprocess.Popen([str(path or program("mayla-daemon")), *map(str, arguments)], cwd="/",
                                stdin=subprocess.DEVNULL, **options)

    def listen(self, deadline=20, **options):
        """Starts `mayla-daemon --listen` on the box's socket and returns it when it says READY=1."""
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        notify_path = self.folder / f"notify-{os.urandom(4).hex()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(notify_path))
            notify_path.chmod(0o777)
            env = dict(options.pop("env", self.env), NOTIFY_SOCKET=str(notify_path))
            process = self.start("--listen", self.socket, env=env, **options)
            try:
                self._wait_ready(process, notify, deadline)
            except BaseException:
                process.kill()
                process.wait()
                raise
            finally:
                notify_path.unlink()
        return Daemon(self, process)

    def _wait_ready(self, process, notify, deadline):
        notify.settimeout(0.2)
        for _ in range(int(seconds(deadline) * 5)):
            try:
                if b"READY=1" in notify.recv(4096).split(b"\n"):
                    return
            except TimeoutError:
                if process.poll() is not None:
                    raise RuntimeError(f"the daemon ended with {process.returncode}:\n{self.log_tail()}") from None
        raise TimeoutError(f"the daemon was not ready within {seconds(deadline):g} s:\n{self.log_tail()}")

    def daemons(self):
        """The process ids of all daemons that live in this home, however they were started."""
        home = f"HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                name = os.path.basename(os.readlink(entry / "exe")).removesuffix(" (deleted)")
                # A child between fork and exec still looks like its parent; only the parent has threads of its own.
                if name == "mayla-daemon" and home in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue  # gone, or not ours
        return found

    def run(self, *command, deadline=30, **options):
        """Runs a command in this home to its end, with its output as text."""
        options.setdefault("env", self.env)
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              timeout=seconds(deadline), **options)

    def memories(self):
        """Every memory that is stored, as `mayla memory export` tells it."""
        done = self.run(program("mayla"), "memory", "export", "--format", "jsonl", deadline=60)
        if done.returncode != 0:
            raise RuntimeError(f"mayla memory export: {done.stderr}\n{self.log_tail()}")
        return [json.loads(line) for line in done.stdout.split("\n") if line]  # splitlines() knows more line ends than JSON

    def close(self):
        if not self.temporary:
            return
        for pid in self.daemons():
            try:
                os.kill(pid, signal.SIGKILL)
                wait_end(pid)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
