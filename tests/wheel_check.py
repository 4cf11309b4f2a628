"""Builds sdist and wheel and compares their contents with the files git tracks; run as a program by CI."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("ledger", "sandbox", "tools", "graphs", "agents", "benchmarks", "ui")


def tracked() -> set[str]:
    listed = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    # Recorded studies are read from the checkout.
    return {f"hepcoder/{line}" for line in listed.splitlines() if not line.startswith("benchmarks/studies/")}


def built(folder: Path) -> set[str]:
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    return {name for name in names if not name.split("/")[0].endswith(".dist-info")}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        in_wheel = built(Path(folder))
    in_git = tracked()
    for name in sorted(in_git - in_wheel):
        print(f"missing from the wheel: {name}")
    for name in sorted(in_wheel - in_git):
        print(f"in the wheel but not in git: {name}")
    print(f"{len(in_wheel)} files in the wheel, {len(in_git)} tracked")
    return 0 if in_wheel == in_git else 1


if __name__ == "__main__":
    raise SystemExit(main())
