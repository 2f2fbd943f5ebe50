"""What imports cost: pages of Markdown, and 100,000 rows of CSV with their peak memory.

Run by hand: `python tests/benchmarks/import_cost.py [FOLDER ...]`. The pages are those of the folders given, else the packaged
sample written out as the twelve pages from which it was read. Limits: all pages under 3 s, the CSV under 250 MB.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CSV_ROWS = 100_000
PAGES_SECONDS_MAX = 3.0
CSV_MEGABYTES_MAX = 250.0


def run(folder: Path, *arguments: str) -> tuple[float, float]:
    """Import in a process of its own, and return its seconds and peak memory in MB."""
    command = [sys.executable, "-m", "api", "import", *arguments, "--database", f"sqlite:///{folder / 'ledger.db'}"]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the import ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def sample_folders(folder: Path) -> list[Path]:
    """Write the sample's rows as Markdown pages, a folder for each source."""
    pages: dict[tuple[str, str], list[str]] = {}
    for line in (ROOT / "api/sample/announcements.jsonl").read_text().splitlines():
        row = json.loads(line)
        dates = [row.get(stage, {}).get("raw", "") for stage in ("legacy", "deprecated", "retired")]
        replaced = ", ".join(key.split("/")[1].split("@")[0] for key in row.get("replacements", []))
        cells = [row["model"], row.get("scope", {}).get("version", ""), *dates, replaced]
        pages.setdefault((row["source"]["name"], row["seen_on"]), []).append("| " + " | ".join(cells) + " |\n")
    header = "| Model | Version | Legacy date | Deprecation date | Retirement date | Replacement |\n|---|---|---|---|---|---|\n"
    for (source, day), rows in pages.items():
        (folder / source).mkdir(exist_ok=True)
        (folder / source / f"{day}.md").write_text(header + "".join(rows))
    return sorted({folder / source for source, _ in pages})


def write_csv(path: Path) -> None:
    """Write a table with three dates and a replacement in each row."""
    with path.open("w") as csv:
        csv.write("Model provider,Model,Legacy date,Deprecation date,Retirement date,Suggested replacement\n")
        for n in range(CSV_ROWS):
            day = n % 28 + 1
            csv.write(f'Maker {n % 50},Model {n},"January {day}, 2027",2027-03-{day:02},"No earlier than July {day}, 2027",Model {n + 1}\n')


def main() -> None:
    """Print what each import took, beside its limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folders = [Path(argument).resolve() for argument in sys.argv[1:]] or sample_folders(folder)
        files = sum(len(list(one.iterdir())) for one in folders)
        taken = [run(folder, str(one), "--catalog", "bench", "--source", one.name) for one in folders]
        print(f"{files} pages in {len(folders)} runs: {sum(seconds for seconds, _ in taken):.2f} s (limit {PAGES_SECONDS_MAX} s)")
        csv = folder / "2026-01-01.csv"
        write_csv(csv)
        seconds, megabytes = run(folder, str(csv), "--catalog", "bench", "--source", "csv")
        rate = CSV_ROWS / seconds
        print(f"{CSV_ROWS:,} rows of CSV: {seconds:.1f} s, {rate:,.0f} rows/s, {megabytes:.0f} MB (limit {CSV_MEGABYTES_MAX:.0f} MB)")
        seconds, megabytes = run(folder, str(csv), "--catalog", "bench", "--source", "csv")
        print(f"the same again, unchanged: {seconds:.1f} s, {megabytes:.0f} MB")


if __name__ == "__main__":
    main()
