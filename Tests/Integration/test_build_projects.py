"""Dockerfiles as real projects write them (Tests/Dockerfiles): each builds, and its image does what it should."""
import json
import os
import unittest

from kit import TOP, KitCase

PROJECTS = os.path.join(TOP, "Tests", "Dockerfiles")


class Projects(KitCase):
    def prove(self, name):
        folder = os.path.join(PROJECTS, name)
        with open(os.path.join(folder, "expect.json")) as file:
            expected = json.load(file)
        words = [
            word.replace("src=", f"src={folder}/") if word.startswith("id=") else word
            for word in expected.get("build", [])
        ]
        self.escale("build", "-q", "-t", "projet", *words, folder, timeout=120)
        result = self.escale("run", "--rm", "projet", *expected["run"], status=None)
        self.assertEqual(result.out, expected["output"], result)


def add(name):
    def test(self):
        self.prove(name)

    setattr(Projects, "test_" + name.replace("-", "_"), test)


for folder in sorted(os.listdir(PROJECTS)):
    if os.path.isdir(os.path.join(PROJECTS, folder)):
        add(folder)

if __name__ == "__main__":
    unittest.main()
