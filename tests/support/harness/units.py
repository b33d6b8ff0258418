"""The units of May-la in the manager that tests/support/user-manager runs."""

from harness.programs import need_manager
from harness.wait import until


class Units:
    """What a person does with systemctl. Made in a fresh login: installs the programs and runs `mayla setup`."""

    def __init__(self, box):
        need_manager()
        self.box = box
        self.bin = box.install()
        done = box.run(self.bin / "mayla", "setup")
        if done.returncode != 0:
            raise RuntimeError(f"mayla setup: {done.stdout}{done.stderr}")
        self.setup_said = done.stdout

    def systemctl(self, *arguments, check=True):
        done = self.box.run("systemctl", "--user", *arguments)
        if check and done.returncode != 0:
            raise RuntimeError(f"systemctl --user {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def show(self, name, unit="mayla.service"):
        """One property of a unit."""
        return self.systemctl("show", "--value", "--property", name, unit)

    def main_pid(self):
        """The daemon's process id, 0 when there is none."""
        return int(self.show("MainPID"))

    def stop(self):
        """Ends the daemon; the socket goes on listening."""
        self.systemctl("stop", "mayla.service")
        until(lambda: self.show("ActiveState") in ("inactive", "failed"), "the service is down")
