"""The French shell: on a terminal, without one, killed, and through the lab as a learner goes."""
import json
import os
import re
import signal
import subprocess
import time
import unittest

from kit import Kit, KitCase, Terminal, ESCALE

READY = r"\x1b\]777;escale;ready;(\d+)\x07"


class Lines(KitCase):
    def test_one_line(self):
        self.assertIn("conteneurs-vs-vm", self.escale("-c", "labs").out)
        self.assertEqual(self.escale("-c", "echo $((6*7)) | tr 4 5").out, "52\n")
        self.assertEqual(self.escale("-c", "docker run --rm busybox echo oui").out, "oui\n")
        self.escale("-c", "run --rm busybox sh -c 'exit 4'", status=4)

    def test_script(self):
        out = self.escale(input="cd /tmp\nA=1\npwd\necho $A\n").out
        self.assertIn("/tmp\n1\n", out)
        self.escale("--strict", input="false\ntrue\n", status=1)

    def test_unknown_word_suggests(self):
        result = self.escale("-c", "verifer", status=None)
        self.assertNotEqual(result.status, 0)
        self.assertIn("verifier", (result.out + result.err).replace("é", "e"))

    def test_engine_error_is_explained(self):
        result = self.escale("-c", "docker start nul", status=1)
        text = result.out + result.err
        self.assertIn("No such container: nul", text)
        self.assertRegex(text, r"conteneur")

    def test_verbs_without_accents_and_prefixes(self):
        self.assertEqual(self.escale("-c", "aide").status, 0)
        self.assertIn("verifier", (self.escale("-c", "? verifier").out).replace("é", "e"))
        self.assertIn("PSS", self.escale("-c", "glossaire PSS").out)


class OnATerminal(KitCase):
    def open(self, **env):
        terminal = Terminal([ESCALE], dict(self.kit.env, ESCALE_PROOF="1", **env))
        self.addCleanup(terminal.close)
        terminal.expect(READY)
        return terminal

    def say(self, terminal, line, seconds=60):
        terminal.type(line + "\r")
        match = terminal.expect(r"(.*?)" + READY, seconds)
        return match.group(1), int(match.group(2))

    def test_keys(self):
        terminal = self.open()
        terminal.type("sleep 100\r")
        time.sleep(0.5)
        terminal.type("\x03")
        terminal.expect(READY)
        terminal.type("n'importe quoi\x03")
        terminal.expect(READY)
        self.assertIn("42", self.say(terminal, "echo $((6*7))")[0])
        terminal.type("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_state_lasts_between_lines(self):
        terminal = self.open()
        self.say(terminal, "cd /tmp; B=deux")
        self.assertIn("/tmp deux", self.say(terminal, "echo $PWD $B")[0])
        self.say(terminal, "docker run -d --name fond busybox sleep 60")
        self.assertIn("fond", self.say(terminal, "ps")[0])

    def test_terminal_goes_away(self):
        terminal = self.open()
        pid = terminal.pid
        os.close(terminal.fd)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not terminal.ended():
            time.sleep(0.05)
        self.assertTrue(terminal.ended(), "the shell ends with its terminal")
        terminal.fd = os.open("/dev/null", os.O_RDONLY)

    def test_progress_survives_kill(self):
        terminal = self.open()
        self.say(terminal, "ouvrir conteneurs-vs-vm")
        before = self.escale("-c", "progres").out
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait()
        self.assertEqual(self.escale("-c", "progres").out, before)
        again = self.open()
        text, status = self.say(again, "reprendre")
        self.assertEqual(status, 0, text)

    def test_narrow_plain_terminal(self):
        terminal = self.open(NO_COLOR="1", TERM="dumb")
        text, _ = self.say(terminal, "labs")
        self.assertNotIn("\x1b[3", text)
        for line in text.splitlines():
            self.assertLessEqual(len(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line)), 80, line)
