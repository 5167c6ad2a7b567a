"""`escale bench images` without any peer: our figures, and why the others are missing."""
import json
import os
import unittest

from kit import KitCase


class BenchImages(KitCase):
    def test_without_peers(self):
        result = self.kit.run(
            "bench", "images", "--json", "--runs", "1", "--size", "1", "--seconds", "1", timeout=120,
            env={"PATH": "/usr/sbin:/sbin", "ESCALE_BENCH_DOCKER": ""})
        self.assertEqual(result.status, 0, result)
        rows = {row["id"]: row for row in json.loads(result.out)["rows"]}
        for name in ("build-cold", "build-cached", "pull", "push"):
            self.assertEqual(rows[name]["figures"]["escale"]["n"], 1, rows[name])
            self.assertGreater(rows[name]["figures"]["escale"]["median"], 0)
            self.assertIn("docker", rows[name]["missing"])
            self.assertIn("target", rows[name])
        self.assertIn("wrk", rows["manifests"]["missing"])
        self.assertGreater(rows["registry-memory"]["figures"]["escale"]["median"], 0)
        # Its kits, contexts and registries are gone.
        cache = os.path.join(self.kit.root, "cache")
        left = os.listdir(cache) if os.path.isdir(cache) else []
        self.assertEqual([n for n in left if n.startswith("bench-")], [])
        self.assertEqual([n for n in os.listdir("/tmp") if n.startswith("escale-bi-")], [])


if __name__ == "__main__":
    unittest.main()
