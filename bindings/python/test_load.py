"""Where a model may come from, what is refused and how, and what loading leaves behind: nothing."""

import gc
import io
import os
import socket
import threading
from pathlib import Path

import ms_backend_wasm as msw
import numpy as np
import pytest
from ms_backend_wasm import compiled

DIGITS = Path(__file__).parent.parent.parent / "test" / "models" / "digits.mindir"


def right(model, scan, logits) -> bool:
    return bool(np.abs(model(scan)[1] - logits).max() <= 1e-5 * np.abs(logits).max())


@pytest.mark.parametrize(
    "source",
    [
        str(DIGITS),
        DIGITS,
        DIGITS.read_bytes(),
        bytearray(DIGITS.read_bytes()),
        memoryview(DIGITS.read_bytes()),
        io.BytesIO(DIGITS.read_bytes()),
    ],
    ids=["str", "Path", "bytes", "bytearray", "memoryview", "BytesIO"],
)
def test_a_model_may_come_from_anywhere(source, scan, logits):
    assert right(msw.load(source), scan, logits)


def test_an_open_file_stands_where_it_stood(scan, logits):
    with DIGITS.open("rb") as file:
        file.seek(17)
        assert right(msw.load(file), scan, logits)
        assert file.tell() == 17


def test_a_file_is_read_by_ranges():
    """Of a model with weights, no read is as large as the file."""

    class Counted(io.BytesIO):
        largest = 0

        def read(self, size=-1):
            Counted.largest = max(Counted.largest, size if size >= 0 else 1 << 40)
            return super().read(size)

    data = DIGITS.read_bytes()
    msw.load(Counted(data))
    assert 0 < Counted.largest < len(data) // 2


def test_a_missing_file_is_pythons_own_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.mindir"):
        msw.load(tmp_path / "none.mindir")


def test_a_folder_is_pythons_own_error(tmp_path):
    with pytest.raises(IsADirectoryError, match=tmp_path.name):
        msw.load(tmp_path)


def test_a_fifo_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(msw.InvalidError, match="not a regular file"):
        msw.load(tmp_path / "fifo")


@pytest.mark.parametrize("source", [None, 3, ["a.mindir"]])
def test_what_is_no_source_is_refused(source):
    with pytest.raises(msw.UsageError, match="a model is a path, bytes, or a file opened with 'rb'"):
        msw.load(source)


def test_a_file_opened_as_text_is_refused():
    with DIGITS.open(encoding="latin-1") as file, pytest.raises(msw.UsageError, match="opened as text"):
        msw.load(file)


def test_a_stream_that_cannot_seek_is_refused():
    here, there = socket.socketpair()
    with here, there, here.makefile("rb") as file, pytest.raises(msw.UsageError, match="cannot seek"):
        msw.load(file)


@pytest.mark.parametrize("keep", [0, 1, 100, 5000, len(DIGITS.read_bytes()) - 1])
def test_a_truncated_file_is_refused(keep):
    with pytest.raises(msw.InvalidError):
        msw.load(DIGITS.read_bytes()[:keep])


def test_a_file_that_shrinks_meanwhile_is_refused():
    class Shrinking(io.BytesIO):
        def read(self, size=-1):
            return b"" if self.tell() > 3000 else super().read(size)

    with pytest.raises(msw.InvalidError, match=r"ends at byte \d+, it had \d+ bytes"):
        msw.load(Shrinking(DIGITS.read_bytes()))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"memory_limit": 0}, "memory_limit is 0, expected a number of bytes"),
        ({"timeout": 0}, "timeout is 0, expected seconds above 0"),
        ({"timeout": float("nan")}, "timeout is nan"),
    ],
)
def test_limits_that_make_no_sense_are_refused(limits, words):
    with pytest.raises(msw.UsageError, match=words):
        msw.load(DIGITS, **limits)


def test_loading_ends_at_its_time_limit():
    with pytest.raises(msw.LimitError, match="loading: time limit of 1e-09 s exceeded"):
        msw.load(DIGITS, timeout=1e-9)


def test_a_model_tells_what_its_passes_did(scan):
    with msw.load(DIGITS) as model:
        passes = {row.name: row for row in model.passes}
        assert model.passes[-1].nodes_after == model.info.nodes
    assert passes["channels_last"].changes > 0
    assert all(row.about and row.nodes_before > 0 for row in passes.values())


def test_a_closed_model_says_so(scan):
    with msw.load(DIGITS) as model:
        model(scan)
    assert repr(model) == f"<{DIGITS}: closed>"
    for use in (lambda: model(scan), lambda: model.info, lambda: model.nodes):
        with pytest.raises(msw.UsageError, match="the model was closed"):
            use()
    model.close()


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "forgotten"])
def test_300_loads_do_not_grow_the_process(scan, closed):
    """Each takes 2 MB of sandbox; a leak of all would be 600 MB, one of a struct would not show in 8."""

    def once():
        model = msw.load(DIGITS)
        model(scan)
        if closed:
            model.close()

    for _ in range(20):
        once()
    gc.collect()
    before, open_files = resident(), len(os.listdir("/proc/self/fd"))
    for _ in range(300):
        once()
    assert resident() - before < 8 << 20
    assert len(os.listdir("/proc/self/fd")) == open_files


def test_models_run_in_threads(models, logits):
    """Each of two threads with a model of its own, and both with one that they share."""
    scans, wanted = np.load(models / "digits_heldout.npy"), np.load(models / "digits_logits.npy")
    shared, wrong = msw.load(DIGITS), []

    def work(start):
        own = msw.load(DIGITS)
        for i in range(start, 120, 2):
            wrong.extend(i for model in (own, shared) if not right(model, scans[i : i + 1], wanted[i : i + 1]))

    threads = [threading.Thread(target=work, args=(start,)) for start in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_operators_run_in_threads():
    """They share one sandbox."""
    wrong = []

    def work(value):
        x = np.full(1000, value, np.float32)
        wrong.extend(value for _ in range(100) if not (msw.operator("Add", x, x) == 2 * value).all())

    threads = [threading.Thread(target=work, args=(value,)) for value in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of our own, and nothing compiled yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled._shared.cache_clear()
    yield tmp_path / "ms-backend-wasm" / "python"
    compiled._shared.cache_clear()


def reload(scan, logits) -> bool:
    compiled._shared.cache_clear()
    return right(msw.load(DIGITS), scan, logits)


def test_compiled_code_is_kept_and_used(cache, scan, logits, monkeypatch):
    assert reload(scan, logits)
    (entry,) = cache.iterdir()
    assert entry.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(compiled.wt, "Module", _NoCompiler)
    assert reload(scan, logits)


class _NoCompiler(compiled.wt.Module):
    def __init__(self, *_):
        raise AssertionError("compiled again")


@pytest.mark.parametrize("harm", ["damaged", "empty", "writable by others", "a link", "a folder"])
def test_a_cache_entry_that_cannot_be_trusted_is_not_used(cache, scan, logits, harm):
    assert reload(scan, logits)
    (entry,) = cache.iterdir()
    data = entry.read_bytes()
    if harm == "damaged":
        entry.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
    elif harm == "empty":
        entry.write_bytes(b"")
    elif harm == "writable by others":
        entry.chmod(0o666)
    else:
        entry.unlink()
        entry.mkdir() if harm == "a folder" else entry.symlink_to(DIGITS)
    assert compiled._load(entry) is None
    assert reload(scan, logits)


def test_a_cache_folder_that_others_may_write_is_not_used(cache, scan, logits):
    cache.parent.mkdir(mode=0o777)
    cache.parent.chmod(0o777)
    assert reload(scan, logits)
    assert not cache.exists() or not list(cache.iterdir())


def test_no_cache_folder_is_no_trouble(monkeypatch, scan, logits):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/nonexistent")
    assert reload(scan, logits)
