"""What the ONNX reader makes of models that onnx.helper writes, and what it refuses."""

import ms_backend_wasm as msw
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

FLOATS = TensorProto.FLOAT


def info(name, shape=(2, 3), dtype=FLOATS):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs, outputs, *, initializers=(), functions=(), opset=21, ir=10, **more):
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(initializers))
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=ir, functions=functions, **more)


def load(made, **more):
    return msw.load(made.SerializeToString(), **more)


def refuses(made, text, error=msw.MswError):
    with pytest.raises(error, match=text):
        load(made)


X = np.arange(6, dtype=np.float32).reshape(2, 3) - 2


def test_a_model_says_what_it_is():
    made = model([helper.make_node("Abs", ["x"], ["y"], name="first")], [info("x")], [info("y")], producer_name="maker")
    with load(made) as loaded:
        assert loaded.info.format == "ONNX"
        assert loaded.info.producer.startswith("maker")
        assert [tensor.name for tensor in loaded.inputs] == ["x"]
        assert [tensor.name for tensor in loaded.outputs] == ["y"]
        (y,) = loaded(X)
    assert np.array_equal(y, np.abs(X))


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int32, np.int8, np.uint8, np.float16, np.float64, np.bool_])
def test_an_initializer_is_a_constant_in_each_form(dtype, raw):
    numbers = np.array([[1, 0, 3], [4, 5, 6]]).astype(dtype)
    number = helper.np_dtype_to_tensor_dtype(numbers.dtype)
    data = numbers.tobytes() if raw else numbers.ravel().tolist()
    constant = helper.make_tensor("c", number, numbers.shape, data, raw=raw)
    made = model([helper.make_node("Identity", ["c"], ["y"])], [], [info("y", dtype=number)], initializers=[constant])
    with load(made) as loaded:
        (y,) = loaded()
    assert y.dtype == numbers.dtype
    assert np.array_equal(y, numbers)


def test_a_long_initializer_stays_in_the_file_until_it_is_wanted():
    w = np.random.default_rng(1).standard_normal((300, 40)).astype(np.float32)
    x = np.random.default_rng(2).standard_normal((1, 300)).astype(np.float32)
    constant = helper.make_tensor("w", FLOATS, w.shape, w.tobytes(), raw=True)
    made = model(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        [info("x", (1, 300))],
        [info("y", (1, 40))],
        initializers=[constant],
    )
    with load(made) as loaded:
        (y,) = loaded(x)
        assert loaded.info.parameters == w.size
    np.testing.assert_allclose(y, x @ w, rtol=1e-5, atol=1e-5)


def test_an_input_with_an_initializer_of_its_name_is_that_constant():
    constant = helper.make_tensor("c", FLOATS, (3,), [1, 2, 3])
    made = model(
        [helper.make_node("Add", ["x", "c"], ["y"])], [info("x"), info("c", (3,))], [info("y")], initializers=[constant]
    )
    with load(made) as loaded:
        assert [tensor.name for tensor in loaded.inputs] == ["x"]
        assert np.array_equal(loaded(X)[0], X + np.array([1, 2, 3]))


def test_a_function_of_the_model_is_spelled_out():
    twice = helper.make_function(
        "local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 21)]
    )
    nodes = [
        helper.make_node("Twice", ["x"], ["t"], domain="local"),
        helper.make_node("Twice", ["t"], ["y"], domain="local"),
    ]
    with load(model(nodes, [info("x")], [info("y")], functions=[twice])) as loaded:
        assert np.array_equal(loaded(X)[0], 4 * X)


def test_a_function_takes_attributes_of_its_call():
    inner = helper.make_node("Transpose", ["a"], ["b"])
    reference = onnx.AttributeProto(name="perm", type=onnx.AttributeProto.INTS, ref_attr_name="order")
    inner.attribute.append(reference)
    turned = helper.make_function(
        "local", "Turn", ["a"], ["b"], [inner], [helper.make_opsetid("", 21)], attributes=["order"]
    )
    node = helper.make_node("Turn", ["x"], ["y"], domain="local", order=[1, 0])
    with load(model([node], [info("x")], [info("y", (3, 2))], functions=[turned])) as loaded:
        assert np.array_equal(loaded(X)[0], X.T)


def branch(name, node):
    return helper.make_graph([node], name, [], [info(node.output[0])])


def choice(depth=0):
    """y = c ? x + x : x * x, the branches taking x from outside, inside `depth` more Ifs."""
    yes = branch("yes", helper.make_node("Add", ["x", "x"], ["a"]))
    no = branch("no", helper.make_node("Mul", ["x", "x"], ["b"]))
    node = helper.make_node("If", ["c"], ["y0"], then_branch=yes, else_branch=no)
    for level in range(depth):
        other = branch(f"no{level}", helper.make_node("Neg", ["x"], [f"n{level}"]))
        node = helper.make_node(
            "If", ["c"], [f"y{level + 1}"], then_branch=branch(f"yes{level}", node), else_branch=other
        )
    return model([node], [info("x"), info("c", (), TensorProto.BOOL)], [info(f"y{depth}")])


def test_branches_read_what_is_around_them():
    with load(choice()) as loaded:
        assert np.array_equal(loaded(X, np.array(True))[0], X + X)
        assert np.array_equal(loaded(X, np.array(False))[0], X * X)


def test_branches_inside_branches_do_too():
    with load(choice(3)) as loaded:
        assert np.array_equal(loaded(X, np.array(True))[0], X + X)
        assert np.array_equal(loaded(X, np.array(False))[0], -X)


@pytest.mark.parametrize("depth", [60, 5000])
def test_branches_too_deep_are_refused(depth):
    """Protobuf itself writes no deeper messages than 100, so these bytes are written by hand, from the inside out."""

    def field(number, data):
        length, size = b"", len(data)
        while size >= 128:
            length += bytes([size & 127 | 128])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + data

    graph = field(1, field(2, b"y") + field(4, b"Identity") + field(1, b"x"))
    for _ in range(depth):
        attribute = field(1, b"then_branch") + field(6, graph) + b"\xa0\x01\x05"
        graph = field(1, field(1, b"c") + field(2, b"y") + field(4, b"If") + field(5, attribute))
    with pytest.raises(msw.InvalidError, match="nesting deeper than 100"):
        msw.load(b"\x08\x0a" + field(8, b"\x10\x15") + field(7, graph))


IDENTITY = helper.make_node("Identity", ["x"], ["y"])


def test_versions_that_are_not_known_are_refused():
    refuses(model([IDENTITY], [info("x")], [info("y")], opset=999), "opset 999 of ai.onnx, opsets 7 to")
    refuses(model([IDENTITY], [info("x")], [info("y")], opset=6), "opset 6")
    refuses(model([IDENTITY], [info("x")], [info("y")], ir=99), "IR version 99")


def test_operators_that_are_not_known_are_refused_by_name():
    def one(**node):
        return model([helper.make_node(inputs=["x"], outputs=["y"], **node)], [info("x")], [info("y")])

    refuses(one(op_type="Reluu", name="r"), r"node 'r' \(Reluu\): this operator of ai.onnx is not supported")
    refuses(one(op_type="Abs", domain="other"), "does not say which version of other")
    refuses(one(op_type="Abs", domain="local"), "this operator of local is not supported")
    refuses(one(op_type="Abs", speed=3), "attribute 'speed' is not supported")
    refuses(one(op_type="Add"), "input 'y' is missing")
    refuses(one(op_type="Transpose", perm=1.5), "attribute 'perm' must be a list of whole numbers")
    two = helper.make_node("Abs", ["x", "x"], ["y"])
    refuses(model([two], [info("x")], [info("y")]), "has 2 inputs, more than the 1 it takes")
    two = helper.make_node("Abs", ["x"], ["y", "z"])
    refuses(model([two], [info("x")], [info("y")]), "has 2 outputs, more than the 1 it gives")


def test_names_that_do_not_fit_are_refused():
    loop = [helper.make_node("Abs", ["b"], ["a"]), helper.make_node("Abs", ["a"], ["b"])]
    refuses(model(loop, [], [info("b")]), "input 'b' is not defined before it is used")
    refuses(model([IDENTITY, IDENTITY], [info("x")], [info("y")]), "name 'y' is used twice")
    refuses(model([IDENTITY], [info("x"), info("x")], [info("y")]), "name 'x' is used twice")
    refuses(model([IDENTITY], [info("x")], [info("z")]), "'z' is not defined")
    refuses(model([IDENTITY], [info("x")], []), "the graph returns nothing")


def test_a_function_that_calls_itself_is_refused():
    again = helper.make_function(
        "local",
        "Again",
        ["a"],
        ["b"],
        [helper.make_node("Again", ["a"], ["b"], domain="local")],
        [helper.make_opsetid("local", 1)],
    )
    node = helper.make_node("Again", ["x"], ["y"], domain="local")
    refuses(model([node], [info("x")], [info("y")], functions=[again]), "calls itself")


def broken(**fields):
    tensor = onnx.TensorProto(name="c", data_type=FLOATS, dims=[3], raw_data=bytes(12))
    for name, value in fields.items():
        tensor.ClearField(name)
        if isinstance(value, list):
            getattr(tensor, name).extend(value)
        elif value is not None:
            setattr(tensor, name, value)
    return model([helper.make_node("Identity", ["c"], ["y"])], [], [info("y", (3,))], initializers=[tensor])


def test_tensors_that_do_not_fit_are_refused():
    refuses(broken(data_type=99), "99 is not a data type of ONNX")
    refuses(broken(data_type=0), "0 is not a data type|no data type")
    refuses(broken(dims=[4]), r"needs 16 bytes, the file has 12")
    refuses(broken(dims=[-3]), "dimension 0 is -3")
    refuses(broken(dims=[1 << 40]), "dimension 0 is 1099511627776")
    refuses(broken(dims=[65536] * 4), "is not a shape")
    refuses(broken(dims=[1] * 9), "more than 8 dimensions")
    refuses(broken(raw_data=None), "needs 12 bytes, the file has 0")
    refuses(broken(raw_data=None, data_type=TensorProto.INT64, int64_data=[1, 2]), "2 of its 3 elements")
    refuses(broken(raw_data=None, data_type=TensorProto.INT64, int64_data=[1, 2, 3, 4]), "more than its 3 elements")
    refuses(broken(float_data=[1, 2, 3]), "has its elements twice")


def test_every_truncation_is_refused():
    whole = choice()
    del whole.opset_import[1:]  # the file's last field, without which it would be whole too
    made = whole.SerializeToString()
    for length in range(1, len(made)):
        with pytest.raises(msw.MswError):
            msw.load(made[:length])


def external(**entries):
    tensor = onnx.TensorProto(name="c", data_type=FLOATS, dims=[3], data_location=onnx.TensorProto.EXTERNAL)
    for key, value in entries.items():
        tensor.external_data.append(onnx.StringStringEntryProto(key=key, value=value))
    return model([helper.make_node("Identity", ["c"], ["y"])], [], [info("y", (3,))], initializers=[tensor])


NUMBERS = np.array([1, 2, 3], np.float32)


def saved(folder, made):
    (folder / "data.bin").write_bytes(b"    " + NUMBERS.tobytes())
    path = folder / "m.onnx"
    path.write_bytes(made.SerializeToString())
    return path


def test_elements_may_be_in_a_file_beside_the_model(tmp_path):
    path = saved(tmp_path, external(location="data.bin", offset="4", length="12"))
    with msw.load(path) as loaded:
        assert np.array_equal(loaded()[0], NUMBERS)
    path = saved(tmp_path, external(location="data.bin", offset="4", checksum="00"))
    with msw.load(path) as loaded:
        assert np.array_equal(loaded()[0], NUMBERS)


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ({"location": "../secret"}, "a path with a part of dots"),
        ({"location": "a/../../b"}, "a path with a part of dots"),
        ({"location": "/etc/passwd"}, "an absolute path"),
        ({"location": ""}, "no name"),
        ({}, "no name"),
        ({"location": "data.bin", "offset": "-4"}, "offset of external data must be a whole number"),
        ({"location": "data.bin", "length": str(1 << 60)}, "length of external data must be"),
        ({"location": "data.bin", "offset": "9" * 19}, "offset of external data must be a whole number"),
        ({"location": "data.bin", "offset": "999999999999"}, "ends at byte 16"),
        ({"location": "data.bin", "offset": "8"}, "ends at byte 16"),
        ({"location": "data.bin", "__class__": "x"}, "unknown key"),
        ({"location": "gone.bin"}, "gone.bin"),
    ],
)
def test_other_places_for_elements_are_refused(tmp_path, entries, text):
    path = saved(tmp_path, external(**entries))
    with pytest.raises((msw.MswError, FileNotFoundError), match=text):
        msw.load(path)


def test_links_out_of_the_folder_are_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(16))
    folder = tmp_path / "model"
    folder.mkdir()
    path = saved(folder, external(location="link.bin", offset="4"))
    (folder / "link.bin").symlink_to(secret)
    with pytest.raises(msw.MswError, match="link"):
        msw.load(path)
    (folder / "link.bin").unlink()
    (folder / "link.bin").hardlink_to(secret)
    with pytest.raises(msw.MswError, match="link"):
        msw.load(path)
