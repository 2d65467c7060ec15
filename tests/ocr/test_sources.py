"""What inputs name: files, folders, patterns, lists, and addresses of other file systems."""

import os
import pickle
from pathlib import Path

import fsspec
import pytest
from made_files import png

from ocr.sources import NoInput, Source, SourceError, find_sources


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a tree of scans in it."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "scans/b.png",
        "scans/a.png",
        "scans/ward 2/c.png",
        "scans/ward 2/deep/d.JPG",
        "other/e.png",
    ):
        write(tmp_path / name)
    return tmp_path


def write(path: Path, data: bytes | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png() if data is None else data)
    return path


def addresses(*inputs: str) -> list[str]:
    return [source.address for source in find_sources(inputs)]


def only(*inputs: str) -> Source:
    (source,) = find_sources(inputs)
    return source


def reason(source: Source) -> str:
    with pytest.raises(SourceError) as caught:
        source.read()
    return str(caught.value)


SCANS = ["scans/a.png", "scans/b.png", "scans/ward 2/c.png", "scans/ward 2/deep/d.JPG"]


@pytest.mark.usefixtures("here")
def test_a_folder_is_read_through_in_the_order_of_names() -> None:
    assert addresses("scans") == SCANS
    assert addresses("scans/") == SCANS
    assert addresses("./scans") == ["./" + name for name in SCANS]
    assert [source.read() for source in find_sources(["scans"])] == [png()] * 4


def test_an_absolute_folder_and_the_home_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses(str(here / "scans")) == [str(here / name) for name in SCANS]
    monkeypatch.setenv("HOME", str(here))
    assert addresses("~/other") == [str(here / "other/e.png")]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("scans/*.png", SCANS[:2]),
        ("scans/?.png", SCANS[:2]),
        ("scans/[a]*", SCANS[:1]),
        ("scans/**/*.png", SCANS[:3]),
        ("scans/**", SCANS),
        ("scans/*", SCANS),  # a folder that matches is read through
        ("*/ward*/*.png", SCANS[2:3]),
        ("**/d.JPG", SCANS[3:]),
        ("*/*/deep", SCANS[3:]),
        ("**.png", []),
    ],
)
def test_patterns(pattern: str, found: list[str]) -> None:
    if found:
        assert addresses(pattern) == found
    else:
        with pytest.raises(NoInput, match="matches"):
            find_sources([pattern])


def test_a_file_whose_name_has_wildcards_is_that_file(here: Path) -> None:
    write(here / "scans/[a].png")
    write(here / "old [2024]/x.png")
    assert addresses("scans/[a].png") == ["scans/[a].png"]
    assert addresses("old [2024]/*.png") == ["old [2024]/x.png"]


def test_hidden_and_system_files_are_counted_only(here: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", "._a.png", ".hidden/x.png", "ward 2/.x.png", "__MACOSX/._b"):
        write(here / "scans" / name)
    listing = find_sources(["scans"])
    assert [source.address for source in listing] == SCANS
    assert listing.hidden == 6
    assert addresses("scans/*.png") == SCANS[:2]


def test_what_is_hidden_can_be_named(here: Path) -> None:
    write(here / ".cache/.x.png")
    assert addresses(".cache/.x.png") == [".cache/.x.png"]
    assert addresses(".cache/.*") == [".cache/.x.png"]


@pytest.mark.usefixtures("here")
def test_a_file_named_twice_is_one_source() -> None:
    twice = [
        "scans/a.png",
        "./scans/a.png",
        "scans",
        str(Path("scans/a.png").resolve()),
        "other/../scans/b.png",
    ]
    found = list(find_sources(twice))
    assert len(found) == 4
    assert len({source.source_id for source in found}) == 4


def test_ids_are_stable_and_follow_the_version(here: Path) -> None:
    before = only("scans/a.png")
    assert before == only("scans/a.png")
    assert len(before.source_id) == 32
    assert int(before.source_id, 16) >= 0
    os.utime(here / "scans/a.png", ns=(1, 1))
    assert only("scans/a.png").source_id != before.source_id


def test_a_source_can_be_sent_to_a_process_elsewhere(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = pickle.dumps(only("scans/a.png"))
    monkeypatch.chdir(here.parent)
    assert pickle.loads(sent).read() == png()  # noqa: S301 - it has just been made


def test_a_link_that_leads_round_in_circles_is_followed_once(here: Path) -> None:
    (here / "scans/again").symlink_to(here / "scans")
    (here / "scans/also").symlink_to(here / "other")
    (here / "other/back").symlink_to(here / "scans/also")
    assert addresses("scans") == [*SCANS[:1], "scans/also/e.png", *SCANS[1:]]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "no input was named"),
        (["nothing.png"], "'nothing.png': there is no such file"),
        (["scans/*.pdf"], "no file matches"),
        (["a", "b"], "'a': .*'b': "),
        (["memory://nothing/here"], "no such file"),
        (["nosuch://bucket/x"], "nosuch"),
    ],
)
def test_nothing_to_read_is_one_message(inputs: list[str], message: str) -> None:
    with pytest.raises(NoInput, match=message) as caught:
        find_sources(inputs)
    assert "PDF" in str(caught.value)  # what would be accepted


def test_an_empty_folder_is_nothing_to_read(here: Path) -> None:
    (here / "empty").mkdir()
    with pytest.raises(NoInput, match="folder is empty"):
        find_sources(["empty"])
    write(here / "empty/.DS_Store")
    with pytest.raises(NoInput, match="but for 1 hidden"):
        find_sources(["empty"])


@pytest.mark.usefixtures("here")
def test_what_is_missing_beside_what_is_there_gets_a_source_that_says_so() -> None:
    there, missing, unmatched = find_sources(["scans/a.png", "nothing.png", "scans/*.gif"])
    assert there.read() == png()
    assert (missing.address, reason(missing)) == ("nothing.png", "there is no such file or folder")
    assert reason(unmatched) == "no file matches this pattern"


def test_a_file_gone_since_the_listing_says_so(here: Path) -> None:
    source = only("scans/a.png")
    (here / "scans/a.png").unlink()
    assert "no such file" in reason(source)


def test_links_to_nowhere_pipes_and_locked_files_get_their_reason(here: Path) -> None:
    (here / "odd").mkdir()
    (here / "odd/broken.png").symlink_to(here / "nowhere.png")
    os.mkfifo(here / "odd/pipe.png")
    broken, pipe = find_sources(["odd"])
    assert "link leads to no file" in reason(broken)
    assert "pipe" in reason(pipe)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permissions_refused_get_their_reason(here: Path) -> None:
    (here / "scans/a.png").chmod(0)
    (here / "scans/ward 2").chmod(0)
    locked, fine, folder = find_sources(["scans"])
    assert "permission" in reason(locked)
    assert fine.read() == png()
    assert "permission" in reason(folder)
    (here / "scans/ward 2").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_one_source(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("ward 2"):
            raise PermissionError(13, "refused", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    *readable, locked = find_sources(["scans"])
    assert [source.address for source in readable] == SCANS[:2]
    assert locked.address == "scans/ward 2"
    assert "permission" in reason(locked)


def test_a_name_that_is_no_utf8_can_be_read_and_shown(here: Path) -> None:
    path = os.fsencode(here) + b"/odd/\xe9t\xe9.png"
    write(Path(os.fsdecode(path)))
    source = only("odd")
    assert source.address == "odd/\\xe9t\\xe9.png"
    assert source.read() == png()


def test_a_list_names_one_address_a_line(here: Path) -> None:
    lines = ["\ufeff# today's", "", "scans/a.png", "  scans/ward 2  ", "missing.png", f"{here}/other/*.png"]
    write(here / "today.txt", "\r\n".join(lines).encode())
    found = list(find_sources(["today.txt"]))
    assert [source.address for source in found] == [
        "scans/a.png",
        "scans/ward 2/c.png",
        "scans/ward 2/deep/d.JPG",
        "missing.png",
        f"{here}/other/e.png",
    ]
    assert "no such file" in reason(found[3])


def test_a_list_is_relative_to_where_it_lies(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "lists/all.list", b"../scans/a.png\n")
    assert addresses("lists/all.list") == ["lists/../scans/a.png"]
    monkeypatch.setenv("HOME", str(here))
    for same in ("~/lists/all.list", f"file://{here}/lists/all.list"):
        assert addresses(same) == [f"{here}/lists/../scans/a.png"]
    monkeypatch.chdir(here.parent)
    assert only(f"{here.name}/lists/all.list").read() == png()


def test_a_list_in_other_encodings(here: Path) -> None:
    write(here / "notepad.txt", "scans/a.png\r\n".encode("utf-16"))
    assert addresses("notepad.txt") == ["scans/a.png"]
    write(here / "latin.txt", b"# \xe9t\xe9\nscans/a.png\n")
    with pytest.raises(NoInput, match="UTF-8"):
        find_sources(["latin.txt"])


def test_only_a_named_text_is_a_list_and_never_a_picture(here: Path) -> None:
    write(here / "notes/readme.txt", b"../scans/a.png\n")
    assert addresses("notes") == ["notes/readme.txt"]
    write(here / "really a picture.txt")
    assert only("really a picture.txt").read() == png()
    write(here / "inner.txt", b"scans/a.png\n")
    write(here / "outer.txt", b"inner.txt\n")
    assert addresses("outer.txt") == ["inner.txt"]
    for text in (b"", b"# nothing\n\n"):
        write(here / "empty.txt", text)
        with pytest.raises(NoInput, match="names nothing"):
            find_sources(["empty.txt"])


def test_file_urls_are_paths(here: Path) -> None:
    assert addresses(f"file://{here}/scans/a.png") == [f"{here}/scans/a.png"]
    assert addresses((here / "scans/ward 2/c.png").as_uri()) == [f"{here}/scans/ward 2/c.png"]


@pytest.fixture
def bucket() -> str:
    """A folder in fsspec's memory, with scans in it."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    for name in ("b.png", "a.png", "in/c d#1.png", "in/.hidden", "in/[x].png", "in/100%.png"):
        system.pipe(f"/bucket/{name}", png())
    system.pipe("/bucket/list.txt", b"in\nnone.png\n")
    return "memory://bucket"


def test_other_file_systems_are_folders_patterns_and_files(bucket: str) -> None:
    inner = [f"{bucket}/in/100%.png", f"{bucket}/in/[x].png", f"{bucket}/in/c d#1.png"]
    listing = find_sources([f"{bucket}/in"])
    assert [source.address for source in listing] == inner
    assert listing.hidden == 1
    assert addresses(f"{bucket}/*.png") == [f"{bucket}/a.png", f"{bucket}/b.png"]
    assert addresses(f"{bucket}/**/c*.png") == inner[2:]
    assert addresses(f"{bucket}/in/[x].png") == inner[1:2]
    assert addresses(f"{bucket}/", f"{bucket}/in")[:2] == [f"{bucket}/a.png", f"{bucket}/b.png"]
    assert only(f"{bucket}/in/c d#1.png").read() == png()


def test_a_list_on_another_file_system_is_relative_to_it(bucket: str) -> None:
    *found, missing = find_sources([f"{bucket}/list.txt"])
    assert found[0].address == f"{bucket}/in/100%.png"
    assert missing.address == f"{bucket}/none.png"
    assert "no such file" in reason(missing)


def test_a_remote_file_that_changes_or_goes(bucket: str) -> None:
    source = only(f"{bucket}/a.png")
    system = fsspec.filesystem("memory")
    system.pipe("/bucket/a.png", png("black"))
    assert only(f"{bucket}/a.png").source_id != source.source_id
    system.rm("/bucket/a.png")
    assert "no such file" in reason(source)


def test_a_listing_is_as_lazy_as_its_reader(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(300):
        write(here / f"many/{number // 10:02d}/{number}.png", b"")
    listed: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (listed.append(path), scandir(path))[1])
    listing = iter(find_sources(["many"]))
    assert next(listing).address == "many/00/0.png"
    assert len(listed) == 2
    assert len(list(listing)) == 299
    assert len(listed) == 31
