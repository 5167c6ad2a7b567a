"""Reads the report of `escale lab test --json` and closes on «N passed, N failed»."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
bad = 0
for result in report["results"]:
    if not result["proved"]:
        bad += 1
        print("✘", result["lab"], result["step"], result["part"], "—", result["detail"])
print(f"{len(report['results'])} proofs in {report['seconds']:.0f} s")
if not report["results"]:
    bad = 1
print(f"{len(report['results']) - bad} passed, {bad} failed")
sys.exit(0 if report["proved"] and not bad else 1)
