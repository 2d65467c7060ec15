"""Zip archives and Parquet tables as folders of documents."""

import io
import zipfile
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_files import png, zipped

from ocr.sources import Source, SourceError, find_sources


def reason(source: Source) -> str:
    with pytest.raises(SourceError) as caught:
        source.read()
    return str(caught.value)


def sources(path: Path | str) -> list[Source]:
    return list(find_sources([str(path)]))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_members_of_a_zip_are_sources(tmp_path: Path) -> None:
    members = {"b.png": png("red"), "in/a.png": png("blue"), ".DS_Store": b"", "__MACOSX/._b.png": b"x"}
    path = written(tmp_path / "scans.zip", zipped(members))
    listing = find_sources([str(path)])
    first, second = listing
    assert listing.hidden == 2
    assert [first.address, second.address] == [f"{path}!b.png", f"{path}!in/a.png"]
    assert (first.read(), second.read()) == (png("red"), png("blue"))
    assert first.source_id != second.source_id


def test_a_zip_is_known_by_content_and_found_in_folders(tmp_path: Path) -> None:
    written(tmp_path / "a.zip", zipped({"x.png": png()}))
    written(tmp_path / "b.bundle", zipped({"x.png": png()}))
    written(tmp_path / "c.zip", png())
    written(tmp_path / "d.zip", b"")
    found = sources(tmp_path)
    assert [source.address.removeprefix(f"{tmp_path}/") for source in found] == [
        "a.zip!x.png",
        "b.bundle!x.png",
        "c.zip",
        "d.zip",
    ]
    assert found[2].read() == png()
    assert found[3].read() == b""


def test_a_zip_behind_an_address() -> None:
    fsspec.filesystem("memory").pipe("/archives/scans.zip", zipped({"in/a.png": png()}))
    (source,) = sources("memory://archives/scans.zip")
    assert source.address == "memory://archives/scans.zip!in/a.png"
    assert source.read() == png()


@pytest.mark.parametrize("name", ["../x.png", "in/../../x.png", "/etc/x.png", "C:\\x.png", "..\\x.png"])
def test_a_member_whose_name_leads_out_is_refused_and_the_others_read(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "evil.zip", zipped({name: png(), "good.png": png()}))
    found = {source.address.partition("!")[2]: source for source in sources(path)}
    assert found.pop("good.png").read() == png()
    (evil,) = found.values()
    assert "leads out of the archive" in reason(evil)


def test_a_bomb_is_refused_from_the_directory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("bomb.png", "w", force_zip64=True) as member:
            for _ in range(17):
                member.write(bytes(16 << 20))
        archive.writestr("good.png", png())
    bomb, good = sources(path)
    assert "zip bomb" in reason(bomb)
    assert good.read() == png()


def test_a_member_larger_than_its_directory_says_is_not_unpacked_further(tmp_path: Path) -> None:
    data = zipped({"x.png": bytes(1 << 20)})
    directory = data.index(b"PK\x01\x02")
    lying = data[: directory + 24] + (100).to_bytes(4, "little") + data[directory + 28 :]
    (source,) = sources(written(tmp_path / "lying.zip", lying))
    assert "damaged" in reason(source)


def test_a_member_behind_a_password_says_so(tmp_path: Path) -> None:
    data = bytearray(zipped({"x.png": png()}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    (source,) = sources(written(tmp_path / "locked.zip", bytes(data)))
    assert "password" in reason(source)


def test_a_member_packed_by_a_method_without_bounds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rare.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.png", png())
    assert "rare method" in reason(sources(path)[0])


def test_a_damaged_member_or_archive_gets_its_reason(tmp_path: Path) -> None:
    data = zipped({"x.png": png((1, 2, 3), (300, 200))})
    broken = bytearray(data)
    broken[60:70] = bytes(10)
    (member,) = sources(written(tmp_path / "member.zip", bytes(broken)))
    assert "damaged" in reason(member) or "cannot be read" in reason(member)
    (archive,) = sources(written(tmp_path / "cut.zip", data[: len(data) // 2]))
    assert archive.address == str(tmp_path / "cut.zip")
    assert "damaged" in reason(archive)


def test_an_archive_of_nothing_gets_its_reason(tmp_path: Path) -> None:
    assert "no documents" in reason(sources(written(tmp_path / "none.zip", zipped({})))[0])
    assert "no documents" in reason(sources(written(tmp_path / "dot.zip", zipped({".x": b""})))[0])


def test_members_of_the_same_name_and_of_odd_names_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.png", b"first")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x.png", b"second")
        archive.writestr("नुस्ख़ा.png", b"third")
    unmarked = path.read_bytes()
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # UTF-8, but not said to be
        at = unmarked.rindex(signature)
        word = int.from_bytes(unmarked[at + flags : at + flags + 2], "little") & ~0x800
        unmarked = unmarked[: at + flags] + word.to_bytes(2, "little") + unmarked[at + flags + 2 :]
    found = sources(written(path, unmarked))
    assert [source.read() for source in found] == [b"first", b"second", b"third"]
    assert found[2].address == f"{path}!नुस्ख़ा.png"
    assert len({source.source_id for source in found}) == 3


def table(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


IMAGES = [png((level, 0, 0)) for level in range(7)]


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"bytes": IMAGES}, list(map(str, range(7)))),
        ({"id": range(7), "scan": IMAGES}, list(map(str, range(7)))),
        (
            {"thumb": [b"x"] * 7, "content": IMAGES, "path": [f"p{n}.png" for n in range(7)]},
            [f"p{n}.png" for n in range(7)],
        ),
        (
            {"image": [{"bytes": data, "path": f"{n}.jpg"} for n, data in enumerate(IMAGES)]},
            [f"{n}.jpg" for n in range(7)],
        ),
        (
            {"data": pa.array(IMAGES, pa.large_binary()), "filename": ["a", None, "c", "d", "e", "f", "a"]},
            ["a", "1", "c", "d", "e", "f", "a"],
        ),
    ],
)
def test_rows_of_a_table_are_sources(tmp_path: Path, columns: dict[str, Any], names: list[str]) -> None:
    path = table(
        tmp_path / "scans.parquet",
        {name: list(values) if isinstance(values, range) else values for name, values in columns.items()},
        row_group_size=3,
    )
    found = sources(path)
    assert [source.address for source in found] == [f"{path}!{name}" for name in names]
    assert [source.read() for source in found] == IMAGES
    assert [found[row].read() for row in (6, 2, 0, 4, 4, 5)] == [IMAGES[row] for row in (6, 2, 0, 4, 4, 5)]
    assert len({source.source_id for source in found}) == 7


def test_a_table_behind_an_address() -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"image": IMAGES}), buffer)
    fsspec.filesystem("memory").pipe("/tables/scans.parquet", buffer.getvalue())
    found = sources("memory://tables")
    assert [source.read() for source in found] == IMAGES
    assert found[3].address == "memory://tables/scans.parquet!3"


def test_a_row_without_bytes_says_so(tmp_path: Path) -> None:
    empty, full = sources(table(tmp_path / "x.parquet", {"bytes": [None, png()]}))
    assert "no bytes" in reason(empty)
    assert full.read() == png()
    missing = [{"bytes": None, "path": "a.jpg"}, None]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    first, second = sources(table(tmp_path / "y.parquet", {"image": pa.array(missing, kind)}))
    assert "no bytes" in reason(first)
    assert "no bytes" in reason(second)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"drug": ["Sample"], "count": [1]}, "no column of bytes .*drug, count"),
        ({"left": [b"x"], "right": [b"y"]}, "several columns of bytes .*left, right"),
    ],
)
def test_a_table_without_documents_says_what_it_has(
    tmp_path: Path, columns: dict[str, Any], words: str
) -> None:
    (source,) = sources(table(tmp_path / "other.parquet", columns))
    with pytest.raises(SourceError, match=words):
        source.read()


def test_a_damaged_or_empty_table_says_so(tmp_path: Path) -> None:
    whole = table(tmp_path / "whole.parquet", {"bytes": IMAGES}).read_bytes()
    (cut,) = sources(written(tmp_path / "cut.parquet", whole[: len(whole) // 2]))
    assert "damaged" in reason(cut)
    (empty,) = sources(table(tmp_path / "empty.parquet", {"bytes": pa.array([], pa.binary())}))
    assert "no documents" in reason(empty)
