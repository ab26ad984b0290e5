"""Runs every notebook from top to bottom, as CI does; with --render also writes docs/notebooks, the copies with results.

    python notebooks/check.py [--render] [NAME ...]
"""

import re
import shutil
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import MarkdownExporter
from traitlets.config import Config

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs" / "notebooks"


def check(path, is_rendered):
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None, f"{path.name} holds results: clear them"
    start = time.perf_counter()
    NotebookClient(book, timeout=300, resources={"metadata": {"path": HERE}}).execute()
    print(f"{path.name}: {len(book.cells)} cells in {time.perf_counter() - start:.1f} s", flush=True)
    for cell in book.cells:
        for output in cell.get("outputs", []):
            for line in re.findall(r"rerun and redrawn in .*", output.get("text", "")):
                print(f"  {line}", flush=True)
    if is_rendered:
        render(book, path.stem)


def render(book, name):
    """The notebook as Markdown, its pictures beside it."""
    # Tables as text: pages of Markdown show it alike everywhere.
    order = {"NbConvertBase": {"display_data_priority": ["image/png", "text/plain"]}}
    text, resources = MarkdownExporter(config=Config(order)).from_notebook_node(book, {"unique_key": name, "output_files_dir": f"{name}_files"})
    text = re.sub(r"\n{3,}", "\n\n", text)
    root = str(HERE.parent)
    note = f"> A rendered copy of [`notebooks/{name}.ipynb`](../../notebooks/{name}.ipynb); `python notebooks/check.py --render` makes it.\n\n"
    DOCS.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(DOCS / f"{name}_files", ignore_errors=True)
    (DOCS / f"{name}.md").write_text(note + text.replace(root + "/", "").strip() + "\n")
    for file, data in resources["outputs"].items():
        target = DOCS / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


if __name__ == "__main__":
    words = sys.argv[1:]
    asked = [word for word in words if not word.startswith("--")]
    for path in sorted(HERE.glob("0*.ipynb")):
        if not asked or path.stem in asked:
            check(path, "--render" in words)
