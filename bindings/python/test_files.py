"""Models whose weights are in files beside them: from MindSpore's own writer, and with paths that lead elsewhere."""

import io
import os
from pathlib import Path

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import pytest
from mindspore import nn, ops
from split_models import huge, parse, split, splitting


class Net(nn.Cell):
    """A convolution whose BatchNorm goes into its weights as they are read, a product, and a half-precision product."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, pad_mode="same")
        self.norm = nn.BatchNorm2d(16, gamma_init="uniform", beta_init="uniform", moving_mean_init="uniform")
        self.dense = nn.Dense(16 * 36, 70)
        self.half = nn.Dense(70, 33, dtype=ms.float16)
        self.table = nn.Embedding(50, 33)

    def construct(self, x, ids):
        y = ops.relu(self.norm(self.conv(x)))
        y = ops.tanh(self.dense(y.reshape(x.shape[0], -1)))
        z = self.half(y.astype(ms.float16)).astype(ms.float32)
        return y, z + self.table(ids)


@pytest.fixture(scope="module")
def net():
    ms.set_seed(3)
    return Net().set_train(False)


@pytest.fixture(scope="module")
def inputs():
    random = np.random.default_rng(7)
    return random.normal(size=(2, 3, 6, 6)).astype(np.float32), random.integers(0, 50, 2).astype(np.int32)


@pytest.fixture(scope="module")
def wanted(net, inputs):
    return [tensor.asnumpy() for tensor in net(*map(ms.Tensor, inputs))]


def right(outputs, wanted) -> bool:
    """The second output went through half precision, which keeps 11 bits."""
    tolerances = 1e-5, 2e-3
    return all(
        np.abs(z - w).max() <= tolerance * np.abs(w).max()
        for z, w, tolerance in zip(outputs, wanted, tolerances, strict=True)
    )


@pytest.fixture(params=[1 << 40, 2048], ids=["one file", "many files"])
def exported(request, net, inputs, tmp_path):
    """As MindSpore writes it above 1 GiB."""
    with splitting(request.param):
        path = msw.export(net, *inputs, path=tmp_path / "net.mindir")
    files = sorted(entry.name for entry in (tmp_path / "net_variables").iterdir())
    assert (len(files) > 2) == (request.param == 2048)
    return path


def test_what_mindspore_writes_gives_its_answers(exported, inputs, wanted):
    assert exported.name == "net_graph.mindir"
    assert right(msw.load(exported)(*inputs), wanted)


def test_what_mindspore_writes_is_what_is_expected_of_it(exported):
    """Each constant behind a head of 64 bytes, the first of which is 1; if that changes, the reader has to."""
    for parameter in parse(exported).graph.parameter:
        place = parameter.external_data
        data = exported.with_name(place.location.split("/")[0]) / place.location.split("/")[1]
        head = data.read_bytes()[:64]
        assert (head[0], head[1:], place.offset % 64) == (1, bytes(63), 0)
        assert 64 <= place.offset <= place.offset + place.length <= data.stat().st_size


def test_compile_of_a_net_that_is_split(net, inputs, wanted):
    with splitting(2048):
        model = msw.compile(net, *inputs)
    assert right(model(*inputs), wanted)


def test_files_may_be_given(exported, inputs, wanted):
    paths = {f"net_variables/{entry.name}": entry for entry in exported.with_name("net_variables").iterdir()}
    assert right(msw.load(exported.read_bytes(), files=paths)(*inputs), wanted)
    held = {name: path.read_bytes() for name, path in paths.items()}
    assert right(msw.load(exported.read_bytes(), files=held)(*inputs), wanted)
    assert right(msw.load(exported, files=held)(*inputs), wanted)
    with pytest.raises(msw.UsageError, match=r"weights in 'net_variables/data_0', which is not among files: a"):
        msw.load(exported, files={"a": b""})


def test_bytes_do_not_say_where_files_are(exported):
    words = r"weights in 'net_variables/data_0': load it by its path, or give files=\{'net_variables/data_0': ...\}"
    with pytest.raises(msw.UsageError, match=words):
        msw.load(exported.read_bytes())
    with exported.open("rb") as file, pytest.raises(msw.UsageError, match=words):
        msw.load(file)


def test_a_file_of_weights_is_read_by_ranges(exported, inputs, wanted):
    """The product's matrix alone has 160 KB; what is packed passes in pieces of rows."""
    reads = []

    class Counted(io.BytesIO):
        def read(self, size=-1):
            reads.append(size)
            return super().read(size)

    entries = exported.with_name("net_variables").iterdir()
    files = {f"net_variables/{entry.name}": Counted(entry.read_bytes()) for entry in entries}
    assert right(msw.load(exported, files=files)(*inputs), wanted)
    assert 0 < min(reads) <= max(reads) <= 256 * 1024


def test_loading_leaves_no_file_open(exported):
    msw.load(exported).close()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        msw.load(exported).close()
        exported.with_name("net_variables").rename(exported.with_name("away"))
        with pytest.raises(FileNotFoundError):
            msw.load(exported)
        exported.with_name("away").rename(exported.with_name("net_variables"))
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.fixture
def parts(digits, tmp_path):
    return split(digits, tmp_path / "model", 2)


@pytest.fixture
def data(parts):
    return parts.parent / "net_variables" / "data_1"


def test_the_digits_in_two_files(parts, scan, logits):
    assert np.abs(msw.load(parts)(scan)[1] - logits).max() <= 1e-5 * np.abs(logits).max()


def test_a_relative_path_of_the_model(parts, scan, monkeypatch):
    monkeypatch.chdir(parts.parent)
    assert msw.load(parts.name)(scan)
    assert msw.load(Path("..", "model", parts.name))(scan)


@pytest.mark.parametrize("location", ["../secret", "a/../../b", "/etc/passwd", "a//b", "", "a\\b"])
def test_a_path_that_leaves_the_folder_is_refused(digits, tmp_path, location):
    def change(proto):
        proto.graph.parameter[0].external_data.location = location

    with pytest.raises(msw.InvalidError, match="expected a path to a file below the model's folder") as caught:
        msw.load(split(digits, tmp_path, 1, change))
    assert caught.value.offset > 0


@pytest.mark.parametrize("location", ["../secret", "a/../b", "/etc/hostname", "a//b", "a/", "", ".", "a\\b"])
def test_the_modules_word_is_not_taken_for_a_path(tmp_path, location):
    (tmp_path / "secret").write_bytes(b"1")
    (tmp_path / "folder").mkdir()
    with pytest.raises(msw.InvalidError, match="is not a path down from its folder"):
        msw.beside.open_below(str(tmp_path / "folder"), location)


@pytest.mark.parametrize("target", ["data_0", "../../secret", "/etc/hostname", "nowhere"])
def test_a_symbolic_link_is_refused(parts, data, target):
    data.unlink()
    data.symlink_to(target)
    with pytest.raises(msw.InvalidError, match=f"{data}: 'data_1' is a symbolic link"):
        msw.load(parts)


def test_a_symbolic_link_on_the_way_is_refused(parts, data, tmp_path):
    data.parent.rename(tmp_path / "variables")
    data.parent.symlink_to(tmp_path / "variables")
    with pytest.raises(msw.InvalidError, match="'net_variables' is a symbolic link"):
        msw.load(parts)


def test_a_hard_link_is_refused(parts, data, tmp_path):
    os.link(data, tmp_path / "secret")
    with pytest.raises(msw.InvalidError, match=f"{data}: has 2 hard links"):
        msw.load(parts)


def test_a_missing_file_a_folder_and_a_fifo_are_refused(parts, data):
    data.unlink()
    with pytest.raises(FileNotFoundError, match="net_variables/data_1"):
        msw.load(parts)
    os.mkfifo(data)
    with pytest.raises(msw.InvalidError, match="not a regular file"):
        msw.load(parts)
    data.unlink()
    data.mkdir()
    with pytest.raises(IsADirectoryError, match="net_variables/data_1"):
        msw.load(parts)


@pytest.mark.parametrize("size", [0, 63, 64, 200])
def test_a_short_file_is_named_with_its_byte(parts, data, size):
    os.truncate(data, size)
    with pytest.raises(msw.InvalidError, match=f"^'net_variables/data_1' ends at byte {size}, but constant '"):
        msw.load(parts)


def test_a_file_of_another_byte_order_is_refused(parts, data):
    data.write_bytes(b"\0" + data.read_bytes()[1:])
    with pytest.raises(msw.UnsupportedError, match="its first byte is 0, expected 1"):
        msw.load(parts)


@pytest.mark.parametrize("given", ["net", "path", "model", "model of bytes"])
def test_verify_of_a_model_in_many_files(net, inputs, tmp_path, given):
    with splitting(2048):
        path = msw.export(net, *inputs, path=tmp_path / "net.mindir")
        files = {f"net_variables/{entry.name}": entry.read_bytes() for entry in (tmp_path / "net_variables").iterdir()}
        subjects = {
            "net": lambda: net,
            "path": lambda: path,
            "model": lambda: msw.load(path),
            "model of bytes": lambda: msw.load(path.read_bytes(), files=files),
        }
        found = msw.verify(subjects[given](), *inputs, tolerance=2e-3)  # half precision, which the net widens again
    assert found
    assert len(found.nodes) > 8


def test_verify_finds_a_fault_in_a_file_of_weights(net, inputs, tmp_path):
    with splitting():
        good = msw.export(net, *inputs, path=tmp_path / "net.mindir")
    (tmp_path / "bad" / "net_variables").mkdir(parents=True)
    bad = tmp_path / "bad" / good.name
    bad.write_bytes(good.read_bytes())
    data = bytearray((tmp_path / "net_variables" / "data_0").read_bytes())
    (weight,) = (p for p in parse(good).graph.parameter if p.name.endswith("dense.weight"))
    at = weight.external_data.offset
    data[at : at + 400] = np.full(100, 0.5, np.float32).tobytes()
    (tmp_path / "bad" / "net_variables" / "data_0").write_bytes(data)
    found = msw.verify(good, *inputs, wasm=bad, tolerance=2e-3)
    assert not found
    assert found.first.op == "MatMul"


def test_verify_refuses_a_name_that_leads_elsewhere(digits, scan, tmp_path):
    def change(proto):
        proto.graph.parameter[0].external_data.location = "../secret"

    with pytest.raises(msw.InvalidError, match=r"'\.\./secret' in the model is not a path down from its folder"):
        msw.verify(split(digits, tmp_path / "model", 1, change), scan)


class Counter(nn.Cell):
    """Writes to a parameter: what it has learned stays from call to call."""

    def __init__(self):
        super().__init__()
        self.total = ms.Parameter(np.arange(12, dtype=np.float32).reshape(3, 4), name="total")
        self.short = ms.Parameter(np.float32([0.5]), name="short")

    def construct(self, x):
        ops.assign_add(self.total, x)
        ops.assign(self.short, self.short * 2)
        return self.total + 0, self.short + 0


def test_parameters_that_a_model_writes_begin_as_their_file_says(tmp_path):
    x = np.ones((3, 4), np.float32)
    with splitting():
        path = msw.export(Counter(), x, path=tmp_path / "counter.mindir")
    start = np.arange(12, dtype=np.float32).reshape(3, 4)
    model = msw.load(path)
    for call in (1, 2, 3):
        total, short = model(x)
        assert (total == start + call).all()
        assert short == 0.5 * 2**call


def test_weights_beyond_the_memory_limit_are_told_of(digits, tmp_path):
    with pytest.raises(msw.LimitError, match=r"out of memory: \d+ more bytes were needed \(memory_limit=67108864\)"):
        msw.load(huge(digits, tmp_path, 2), memory_limit=64 << 20)
