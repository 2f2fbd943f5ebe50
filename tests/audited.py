"""Reads what pip-audit found, and fails where an installed package has a known weakness; it says so where nothing could be looked up."""

import json
import sys
from typing import Any


def told(found: Any) -> tuple[int, str]:
    """Return the exit code and what to print, of pip-audit's JSON."""
    packages = found["dependencies"]
    weak = [f"{package['name']} {package['version']}: {weakness['id']}" for package in packages for weakness in package.get("vulns", ())]
    skipped = sum("skip_reason" in package for package in packages)
    if weak:
        return 1, "Known weaknesses: " + "; ".join(weak)
    rest = f"; {skipped} could not be looked up here" if skipped else ""
    return 0, f"No known weakness in {len(packages) - skipped} of {len(packages)} installed packages{rest}."


if __name__ == "__main__":
    text = sys.stdin.read()
    if not text.strip():
        print("pip-audit could not reach its data: nothing was looked up.")
        sys.exit(0)
    code, words = told(json.loads(text))
    print(words)
    sys.exit(code)
