"""Real sessions of the real Claude Code, an old and a new release, on written turns of the model.

Runs below tests/support/user-manager; MAYLA_NPM holds the releases (tests/support/npm-install claude-old claude-new).
"""

import json
import os
import shutil
import unittest
from pathlib import Path

from harness import Box, Units, need_manager
from harness.mock_model import Model, say, use

SECRET_PLACE = "the spare key hangs behind the third flower pot"


def setUpModule():
    need_manager()


class Client:
    """One release of Claude Code, with a folder of its own for its settings."""

    release = None

    @classmethod
    def setUpClass(cls):
        cls.claude = Path(os.environ["MAYLA_NPM"], cls.release, "node_modules/.bin/claude")
        if not cls.claude.exists():
            raise unittest.SkipTest(f"{cls.release} is not installed")
        cls.box = Box.login()
        for left in (".claude", ".claude.json", ".local/bin/claude"):
            path = cls.box.home / left
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        bin = cls.box.home / ".local/bin"
        bin.mkdir(parents=True, exist_ok=True)
        (bin / "claude").symlink_to(cls.claude)  # `mayla setup` finds it in PATH, as a person has it
        cls.box.env.update(PATH=f"{bin}:{cls.box.env['PATH']}", DISABLE_AUTOUPDATER="1", TERM="xterm",
                           CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1")
        cls.units = Units(cls.box)
        cls.project = cls.box.home / f"project-{cls.release}"
        cls.project.mkdir()

    @classmethod
    def tearDownClass(cls):
        cls.units.systemctl("stop", "mayla.socket", "mayla.service", check=False)

    def run_claude(self, *arguments, env=None):
        done = self.box.run("claude", *arguments, deadline=120, cwd=self.project, env={**self.box.env, **(env or {})})
        self.assertEqual(0, done.returncode, f"claude {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def session(self, *turns):
        """A headless session in which the model plays these turns; returns the model."""
        with Model(turns) as model:
            env = {"ANTHROPIC_BASE_URL": model.url, "ANTHROPIC_API_KEY": "sk-not-a-key"}
            out = self.run_claude("-p", "go", "--output-format", "json", "--allowedTools", "mcp__mayla", env=env)
        result = json.loads(out)
        result = result[-1] if isinstance(result, list) else result
        self.assertEqual("DONE", result["result"], f"{out}\n{self.box.log_tail()}")
        return model

    def test_1_the_entry_of_mayla_setup_is_connected(self):
        listed = self.run_claude("mcp", "list")
        self.assertRegex(listed, r"(?m)^mayla: .*mayla-shim mcp.*✔ Connected", listed)

    def test_2_one_session_remembers_and_the_next_recalls(self):
        model = self.session(use("mcp__mayla__remember", text=f"{self.release}: {SECRET_PLACE}"), say("DONE"))
        self.assertEqual(1, len(model.tool_results()), model.requests[-1]["messages"])
        self.assertIn("remembered #", model.tool_results()[0])
        model = self.session(use("mcp__mayla__recall", q="spare key flower pot"), say("DONE"))
        self.assertIn(f"{self.release}: {SECRET_PLACE}", model.tool_results()[0])
        # Both sessions ran in the project's folder, so that is where the memory belongs.
        row = next(row for row in self.box.memories() if row["text"].startswith(self.release))
        self.assertEqual(self.project.name, row["project"])
        self.assertEqual(1, len(self.box.daemons()))

    def test_3_a_daemon_killed_in_the_middle_of_a_session_is_not_noticed(self):
        os.kill(self.units.main_pid() or self.box.daemons()[0], 9)
        model = self.session(use("mcp__mayla__recall", q="spare key flower pot"), say("DONE"))
        self.assertIn(SECRET_PLACE, model.tool_results()[0])

    def test_4_unsetup_takes_the_entry_away(self):
        done = self.box.run(self.units.bin / "mayla", "unsetup", deadline=120)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertNotIn("mayla:", self.run_claude("mcp", "list"))


class OldClaudeCode(Client, unittest.TestCase):
    release = "claude-old"


class NewClaudeCode(Client, unittest.TestCase):
    release = "claude-new"


if __name__ == "__main__":
    unittest.main()
