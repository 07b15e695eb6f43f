"""run --profile: the module's counts and the host's times, as table and as JSON; modules that answer nonsense."""

import json
import os
import re
import struct

import numpy as np
import pytest
import toys
from cli import ROOT

DIGITS = ROOT / "test" / "models" / "digits.mindir"
SCAN = ["--input", f"x={ROOT / 'test' / 'models' / 'digits_scans' / '3.png'}"]
KEYS = {"name", "op", "dtype", "shape", "count", "ms", "share", "operations", "bytes", "gflops", "of_limit", "parts"}


@pytest.fixture
def pair(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.float32([[1, 2]]))
    return path


def test_the_table_has_each_node_the_operators_and_the_limit(frontend):
    lines = frontend("run", DIGITS, *SCAN, "--profile").succeeds().out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.split()[:2] == ["ms", "%"])
    rows = [line for line in lines[start + 1 :] if re.match(r" *\d+\.\d{3} +\d", line)]
    times = [float(line.split()[0]) for line in rows]
    assert rows[-1].endswith("GFLOP/s: multiply-adds in registers")
    nodes = int(re.search(r"all (\d+) nodes", rows[-1])[1])
    assert times[:nodes] == sorted(times[:nodes], reverse=True)
    assert any("Conv2D + bias + ReLU: 3 nodes" in line for line in rows[nodes:-1])
    conv = next(i for i, line in enumerate(lines) if "Default/conv1-Conv2d/Conv2D-op0" in line)
    assert lines[conv + 1].split() == ["with", "Default/conv1-Conv2d/BiasAdd-op0,", "Default/ReLU-op0"]


def test_json_counts_work_from_shapes(frontend):
    answer = frontend("run", DIGITS, *SCAN, "--profile", "--json", "--repeat", "3").succeeds().json
    profile = answer["profile"]
    assert set(profile) == {"runs", "ms", "gflops", "limit_gflops", "nodes"}
    assert profile["runs"] == 3
    assert all(set(node) == KEYS for node in profile["nodes"])
    assert sum(node["share"] for node in profile["nodes"]) == pytest.approx(1, abs=1e-4)
    assert sum(node["ms"] for node in profile["nodes"]) == pytest.approx(profile["ms"], rel=1e-4)
    (first,) = (node for node in profile["nodes"] if node["name"] == "Default/conv1-Conv2d/Conv2D-op0")
    points = 8 * 8 * 16  # 16 channels of a picture of 8 x 8, by 3 x 3, a bias and a ReLU
    assert first["operations"] == points * (2 * 9 + 2)
    assert first["bytes"] == 4 * (8 * 8 + 16 * 9 + 16 + points)
    assert (first["dtype"], sorted(first["shape"]), first["count"]) == ("float32", [1, 8, 8, 16], 1)
    assert first["gflops"] == pytest.approx(first["operations"] / first["ms"] * 1e-6, rel=1e-3)
    assert first["of_limit"] == pytest.approx(first["gflops"] / profile["limit_gflops"], rel=1e-3)
    assert [part.split("/")[-1] for part in first["parts"]] == ["Conv2D-op0", "BiasAdd-op0", "ReLU-op0"]


def test_a_file_gets_the_same(frontend, tmp_path):
    path = tmp_path / "profile.json"
    path.write_text("before")
    shown = frontend("run", DIGITS, *SCAN, f"--profile={path}", "--top", "1").succeeds().out
    assert "GFLOP/s: multiply-adds in registers" in shown
    profile = json.loads(path.read_text())
    assert [set(node) for node in profile["nodes"]] == [KEYS] * len(profile["nodes"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["profile.json"]


def test_a_model_of_a_toy(frontend, toy, pair):
    profile = frontend("run", toy(3), "--input", pair, "--profile", "--json").succeeds().json["profile"]
    (node,) = profile["nodes"]
    assert (node["name"], node["op"], node["parts"]) == ("scale0", "Scale", ["scale0", "scale1"])
    assert (node["operations"], node["bytes"], node["count"]) == (2, 16, 1)


def test_bad_uses(frontend, toy, pair, tmp_path):
    run = ["run", toy(3), "--input", pair]
    frontend(*run, "--profile", "--each").fails(2, "both --profile and --each given, expected one of them")
    frontend(*run, "--profile", "out.json").fails(2, "unexpected argument 'out.json'")
    frontend(*run, f"--profile={pair}").fails(
        2, f"{pair}: both an input and an output, expected another --profile=FILE"
    )
    frontend("info", DIGITS, "--profile").fails(2, "unknown flag '--profile'")
    frontend(*run, f"--profile={tmp_path}").fails(1, f"{tmp_path}: Is a directory")
    frontend(*run, f"--profile={tmp_path}/none/p.json").fails(1, "p.json: No such file or directory")
    frontend(*run, "--profile=/proc/p.json").fails(1, "/proc/p.json: ")
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.npy"]


def step(node=0, rank=0, dims=()):
    return struct.pack("<QQiii8i", 8, 16, node, 1, rank, *dims, *[0] * (8 - len(dims)))


@pytest.mark.parametrize(
    ("bodies", "changes", "expected"),
    [
        ({}, {"step": step(node=1)}, "msw_run_next_step gave node 1 of 1"),
        ({}, {"step": step(node=-1)}, "msw_run_next_step gave node -1 of 1"),
        ({}, {"step": step(rank=9)}, "msw_run_next_step gave a rank of 9"),
        ({}, {"step": step(rank=1, dims=(-2,))}, "msw_run_next_step gave a dimension of -2"),
        ({"msw_run_next_step": "(i32.const 131060)"}, {}, "msw_run_next_step gave 64 bytes at 131060"),
        ({}, {"node": struct.pack("<IIii8iiI", toys.OP, toys.OP, 1, 0, *[0] * 8, -1, 0)}, "expected at most 65536"),
        ({}, {"node": struct.pack("<IIii8iiI", toys.OP, toys.OP, 1, 0, *[0] * 8, 9, 131070)}, "36 bytes at 131070"),
    ],
)
def test_a_strangers_counts_are_checked(frontend, hand_made, tmp_path, bodies, changes, expected):
    np.save(tmp_path / "x.npy", np.float32(1))
    model = {"msw_module_kind": "(i32.const 3)", **bodies}
    run = ["run", hand_made(model, **changes), "--input", tmp_path / "x.npy", "--profile"]
    frontend(*run).fails(3, expected)


def test_a_module_without_a_limit_or_steps(frontend, hand_made, tmp_path):
    np.save(tmp_path / "x.npy", np.float32(1))
    nothing = {"msw_module_kind": "(i32.const 3)", "msw_peak": "(i32.const 0)", "msw_run_next_step": "(i32.const 0)"}
    run = ["run", hand_made(nothing), "--input", tmp_path / "x.npy", "--profile", "--json"]
    profile = frontend(*run).succeeds().json["profile"]
    assert (profile["limit_gflops"], profile["nodes"]) == (None, [])


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_is_not_replaced(frontend, tmp_path, kind):
    path = tmp_path / "profile.json"
    make = {"link": lambda: path.symlink_to("/dev/stdout"), "pipe": lambda: os.mkfifo(path)}
    make[kind]()
    before = path.lstat()
    answer = frontend("run", DIGITS, *SCAN, f"--profile={path}")
    answer.fails(2, f"{path}: not a regular file, expected another --profile=FILE")
    assert path.lstat() == before
