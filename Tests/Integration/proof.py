"""Reads reports of `escale lab test --json` and closes on «N passed, N failed».

    proof.py REPORT [REPORT…]      later reports replace what they proved again
    proof.py --failed REPORT       the steps that are not proved: LAB STEP, a line each
"""
import json
import os
import sys

only_failed = sys.argv[1] == "--failed"
proofs = {}
seconds = 0
for path in sys.argv[2 if only_failed else 1:]:
    if not os.path.exists(path):
        continue
    try:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    except ValueError:
        continue
    seconds += report["seconds"]
    for result in report["results"]:
        proofs[result["lab"], result["step"], result["part"]] = result

bad = [result for result in proofs.values() if not result["proved"]]
if only_failed:
    for lab, step in dict.fromkeys((result["lab"], result["step"]) for result in bad):
        print(lab, step)
    sys.exit()
for result in bad:
    print("✘", result["lab"], result["step"], result["part"], "—", result["detail"])
print(f"{len(proofs)} proofs in {seconds:.0f} s")
failed = len(bad) if proofs else 1
print(f"{len(proofs) - len(bad)} passed, {failed} failed")
sys.exit(1 if failed else 0)
