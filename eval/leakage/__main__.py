"""Test items that occur in training files, exactly or nearly.

    python -m eval.leakage TEST TRAIN [TRAIN ...]

Files are JSON lines with a text in `--column`, or folders of pictures. Counts are printed and, with --list,
ids; never a text.
"""

import argparse
from pathlib import Path

from eval.leakage.files import pictures_in, read_pictures, read_texts
from eval.leakage.search import NEAR, Leak, count_leaks, find_image_leaks, find_leaks


def _main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m eval.leakage", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("test", type=Path, help="JSON lines, or a folder of pictures")
    parser.add_argument("train", type=Path, nargs="+", help="files or folders of the same kind")
    parser.add_argument("--column", default="query", help="the text of JSON lines")
    parser.add_argument("--near", type=float, default=NEAR, help="least Jaccard similarity of near texts")
    parser.add_argument("--list", action="store_true", help="print the ids of each leak")
    chosen = parser.parse_args()
    for train in chosen.train:
        try:
            leaks, number = _compare(chosen.test, train, chosen.column, chosen.near)
        except (OSError, ValueError) as error:
            parser.error(str(error))
        print(train, *(f"{kind}: {many}" for kind, many in count_leaks(leaks).items()), f"of {number}")
        for leak in leaks if chosen.list else ():
            kind = "exact" if leak.exact else "near"
            print(kind, f"{leak.similarity:.3f}", leak.test_id, leak.train_id, sep="\t")


def _compare(test: Path, train: Path, column: str, near: float) -> tuple[list[Leak], int]:
    """The leaks of a file or folder, and how many items it has."""
    if test.is_dir():
        return find_image_leaks(read_pictures(test), read_pictures(train)), len(pictures_in(test))
    texts = read_texts(test, column)
    return find_leaks(texts, read_texts(train, column), near), len(texts)


if __name__ == "__main__":
    _main()
