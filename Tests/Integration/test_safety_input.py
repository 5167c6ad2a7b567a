"""Bundles, states and names made to break the runtime: one line of error, status 1, and nothing is left."""
import json
import os
import random
import shutil
import unittest

from bundles import Bundles, needs_root

# The same inputs at every run, and a number of them that is fixed.
SEED, INPUTS = 20190211, 150


@needs_root
class HostileConfig(Bundles):
    def bundle(self, text):
        folder = os.path.join(self.base, "raw")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "config.json"), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return folder

    def good(self):
        return json.load(open(os.path.join(self.spec(["true"]), "config.json")))

    def refused(self, change, *texts):
        spec = self.good()
        change(spec)
        self.assert_refused(self.run_("run", "-b", self.bundle(json.dumps(spec)), "c"), *texts)

    def test_text_that_is_no_config(self):
        for text in (b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{}", b"[" * 1_000_000,
                     b'{"a":' * 200_000, b"0" * 1_000_000, b'{"ociVersion": "1.2.0", "ociVersion": "1.2.0"}',
                     b'{"ociVersion": 1e999}', b"{\"ociVersion\": \"1.2.0\"}\0", b'"' + b"a" * (8 << 20)):
            with self.subTest(text[:20]):
                self.assert_refused(self.run_("run", "-b", self.bundle(text), "c"), "config.json")

    def test_numbers_beyond_their_type(self):
        for value in (-1, 1 << 32, 1 << 63, 1 << 64, 1 << 200, 1.5, -1e300, "7", True, None, [], {}):
            with self.subTest(value):
                spec = self.good()
                spec["process"]["user"]["uid"] = value
                done = self.run_("run", "-b", self.bundle(json.dumps(spec)), "c")
                if value is None:
                    continue
                self.assert_refused(done, "uid")

    def test_numbers_that_overflow_inside(self):
        huge = (1 << 63) - 1
        hook = {"path": "/bin/true", "timeout": huge}
        spec = self.good()
        spec["hooks"] = {"poststart": [hook]}
        self.assertEqual(self.run_("run", "-b", self.bundle(json.dumps(spec)), "c").returncode, 0)
        for change in (
            lambda spec: spec["process"].update(rlimits=[{"type": "RLIMIT_NOFILE", "soft": huge, "hard": 1}]),
            lambda spec: spec["process"].update(ioPriority={"class": "IOPRIO_CLASS_BE", "priority": huge}),
            lambda spec: spec["process"].update(oomScoreAdj=huge),
            lambda spec: spec["linux"].update(devices=[{"path": "/dev/x", "type": "c", "major": huge, "minor": -huge}]),
            lambda spec: spec["linux"].update(resources={"cpu": {"shares": (1 << 64) - 1, "quota": -huge - 1}}),
            lambda spec: spec["linux"].update(resources={"memory": {"limit": -5, "swap": -huge - 1}}),
        ):
            spec = self.good()
            change(spec)
            done = self.run_("run", "-b", self.bundle(json.dumps(spec)), "c")
            self.assertIn(done.returncode, (0, 1), done)
            self.assertNotIn("died before", done.stderr)

    def test_zero_bytes_do_not_end_a_name(self):
        for change, field in (
            (lambda spec: spec["process"].update(args=["true\0x"]), "process.args"),
            (lambda spec: spec["process"].update(env=["A=b\0c"]), "process.env"),
            (lambda spec: spec["process"].update(cwd="/\0etc"), "process.cwd"),
            (lambda spec: spec["root"].update(path=self.rootfs + "\0/x"), "root.path"),
            (lambda spec: spec["mounts"][0].update(destination="/proc\0/x"), "mounts[0].destination"),
            (lambda spec: spec["linux"].update(cgroupsPath=f"/{self.name}/b\0"), "linux.cgroupsPath"),
            (lambda spec: spec["linux"]["maskedPaths"].append("/proc/kcore\0"), "linux.maskedPaths"),
            (lambda spec: spec.update(hostname="a\0b"), "hostname"),
            (lambda spec: spec.update(annotations={"a\0": "b"}), "annotations"),
        ):
            with self.subTest(field):
                self.refused(change, field)

    def test_very_much_of_everything(self):
        spec = self.good()
        spec["process"]["env"] += [f"V{i}=x" for i in range(20_000)]
        spec["annotations"] = {f"a.{i}": "x" for i in range(20_000)}
        spec["linux"]["maskedPaths"] += [f"/nosuch/{i}" for i in range(5_000)]
        done = self.run_("run", "-b", self.bundle(json.dumps(spec)), "c")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.refused(lambda spec: spec["process"].update(args=["x" * (1 << 20)]), "exec")
        self.refused(lambda spec: spec["mounts"].append(
            {"destination": "/" + "a/" * 5000, "type": "tmpfs", "source": "tmpfs"}), "name too long")

    def test_names(self):
        bundle = self.spec(["true"])
        for name in ("..", ".", "../x", "/etc", "a/b", "", "a b", "a\nb", "x" * 1025, "é", ".seccomp/x"):
            with self.subTest(name[:20]):
                for words in (["run", "-b", bundle, "--", name], ["run", "-b", bundle, name]):
                    done = self.run_(*words)
                    self.assertNotEqual(done.returncode, 0)
                    self.assertGreaterEqual(done.returncode, 1, done)
                for verb in ("state", "start", "delete", "kill", "ps", "pause"):
                    done = self.run_(verb, name)
                    self.assertEqual(done.returncode, 1, done)
                self.assertGreaterEqual(self.run_("delete", "--force", name).returncode, 0)
        self.assertEqual(sorted(os.listdir(self.base)), sorted({"b", "rootfs"} | (
            {"state"} if os.path.exists(self.state) else set())))

    def test_flags(self):
        bundle = self.spec(["true"])
        for n in ("-1", "99999999999999999999", "4294967296", "x", "9223372036854775807"):
            with self.subTest(n):
                self.assert_refused(self.run_("run", f"--preserve-fds={n}", "-b", bundle, "c"), "preserve-fds")

    def test_files_of_the_image_that_never_end(self):
        etc = os.path.join(self.rootfs, "etc", "passwd")
        no_home = lambda spec: spec["process"].update(env=["PATH=/bin"])
        for make in (lambda: os.mkfifo(etc), lambda: os.symlink("/dev/zero", etc), lambda: os.makedirs(etc)):
            make()
            done = self.shell("echo $HOME", no_home)
            self.assertEqual((done.returncode, done.stdout), (0, "/\n"), done)
            shutil.rmtree(etc) if os.path.isdir(etc) else os.unlink(etc)


def mutate(random, text):
    """Bytes flipped, cut, doubled; numbers and words replaced."""
    data = bytearray(text)
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(data) or 1)
        kind = random.randrange(6)
        if kind == 0 and data:
            data[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            del data[at:at + random.randint(1, 40)]
        elif kind == 2:
            data[at:at] = data[at:at + random.randint(1, 40)]
        elif kind == 3:
            data[at:at] = random.choice([b"{", b"[", b'"', b"\\u0000", b"-", b"1e999", b",", b":", b"null", b"\xff"])
        elif kind == 4:
            data = data[:at]
        else:
            data[at:at] = str(random.choice([-1, 1 << 31, 1 << 32, 1 << 63, 1 << 64])).encode()
    return bytes(data)


@needs_root
class HostileState(Bundles):
    """state and delete of what a crash, or anybody, left in the folder of states."""

    def test_mutated_states(self):
        shuffled = random.Random(SEED)
        # Of a container that has ended: no number in it is a process of this host.
        seed = b"0\n\n%s\n" % json.dumps({
            "id": "c", "bundle": self.spec(["true"]), "pid": 0x3FFFFFFF, "startTime": 1, "isStarted": True,
            "cgroup": f"/{self.name}/{self.name}/b", "created": "2026-01-01T00:00:00Z", "owner": 0}).encode()
        folder = os.path.join(self.state, "c")
        for i in range(INPUTS):
            text = mutate(shuffled, seed)
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, "state"), "wb") as f:
                f.write(text)
            with self.subTest(i, text=text):
                for words in (["state", "c"], ["list"], ["kill", "c", "0"], ["delete", "c"]):
                    done = self.run_(*words)
                    self.assertIn(done.returncode, (0, 1), done)
                    self.assertLessEqual(len(done.stderr.splitlines()), 1, done)
                done = self.run_("delete", "--force", "c")
                self.assertEqual(done.returncode, 0, done)
                self.assertFalse(os.path.exists(folder))

    def test_mutated_configs(self):
        shuffled = random.Random(SEED)
        bundle = self.spec(["true"])
        file = os.path.join(bundle, "config.json")
        seed = open(file, "rb").read()
        for i in range(INPUTS):
            text = mutate(shuffled, seed)
            if self.name.encode() + b"/b" not in text:
                continue
            with open(file, "wb") as f:
                f.write(text)
            with self.subTest(i):
                done = self.run_detached("create", "-b", bundle, "c")
                self.assertIn(done.returncode, (0, 1), done)
                self.assertLessEqual(len(done.stderr.splitlines()), 1, done)
                self.assertNotIn("died before", done.stderr)
                self.assertEqual(self.run_("delete", "--force", "c").returncode, 0)


if __name__ == "__main__":
    unittest.main()
