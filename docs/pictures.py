"""Draws every picture of the guide: runs the commands of its pages and keeps what they draw in docs/img.

    python3 docs/pictures.py [PAGE ...]        with `tollway` built: cargo build

Pictures of report pages are taken in headless Chromium by web/shots.cjs (see web/README.md).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
IMG = HERE / "img"


def blocks(page, language):
    """Blocks of a language, each with the line before it."""
    return re.findall(rf"([^\n]*)\n+```{language}\n(.*?)\n```", page, re.DOTALL)


def draw(path):
    page = path.read_text()
    wanted = set(re.findall(r"\]\(\.\./img/([^)]+)\)", page))
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        for folder in ["scenarios", "data"]:
            (here / folder).symlink_to(ROOT / folder)
        for before, block in blocks(page, "toml"):
            if found := re.match(r"Save as `(.+?)`", before):
                (here / found[1]).write_text(block)
        environment = {**os.environ, "PATH": f"{ROOT}/target/debug:{os.environ['PATH']}"}
        for _, block in blocks(page, "sh"):
            for line in block.splitlines():
                print(f"  {line}", flush=True)
                subprocess.run(line, shell=True, check=True, cwd=here, env=environment, stdout=subprocess.DEVNULL)
        for picture in sorted(wanted):
            if (here / picture).exists():
                shutil.copy(here / picture, IMG / picture)
            elif picture.startswith("report-"):
                report = next((here / "output").glob("baseline-*-s1")) / "report.html"
                subprocess.run(["node", "shots.cjs", report, IMG], check=True, cwd=ROOT / "web")
            else:
                sys.exit(f"{path.name} shows {picture}, which none of its commands draws")


if __name__ == "__main__":
    IMG.mkdir(exist_ok=True)
    asked = sys.argv[1:]
    for path in sorted((HERE / "guide").glob("*.md")):
        if "../img/" in path.read_text() and (not asked or path.stem in asked):
            print(path.name, flush=True)
            draw(path)
