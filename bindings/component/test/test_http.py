"""Models as services of wasi:http, in `wasmtime serve` and `jco serve`: MindSpore's answers, bad requests."""

from __future__ import annotations

import http.client
import json
import re
import shlex
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
README = ROOT / "bindings/component/http/README.md"
COMPONENT = ROOT / "build/digits.http.wasm"
MODELS = ROOT / "test/models"
LABELS = (ROOT / "test/models/digits_labels.txt").read_text().split()
INFER = "/v2/models/digits/infer"
SERVERS = {
    "wasmtime": [ROOT / ".venv/bin/wasmtime", "serve", "--addr", "127.0.0.1:{port}", COMPONENT],
    "jco": [
        ROOT / "bindings/component/node_modules/.bin/jco",
        *("serve", "--host", "127.0.0.1", "--port", "{port}", COMPONENT),
    ],
}


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


class Server:
    def __init__(self, command: list, port: int, log: Path):
        self.port = port
        self.log = log
        with log.open("wb") as out:
            arguments = [str(word).format(port=port) for word in command]
            self.process = subprocess.Popen(arguments, stdout=out, stderr=out, cwd=log.parent)
        deadline = time.monotonic() + 120
        while True:
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                if self.call("GET", "/v2/health/ready")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)

    def call(self, method: str, path: str, body=None, headers=None) -> tuple[int, dict, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def raw(self, data: bytes) -> bytes:
        """What comes back for bytes that no client library would send."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            answer = b""
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    answer += part
            except TimeoutError:
                raise
            except OSError:  # a server may hang up early, but not keep us waiting
                pass
            return answer

    def is_well(self) -> bool:
        return self.process.poll() is None and self.call("GET", "/v2/health/ready")[0] == 200


@pytest.fixture(scope="module")
def compiled() -> Path:
    """The service, made as README.md makes it."""
    (command,) = re.findall(r"^    (build/bin/wasm-frontend compile .*)$", README.read_text(), re.M)
    subprocess.run(shlex.split(command), cwd=ROOT, check=True, capture_output=True)
    return COMPONENT


@pytest.fixture(scope="module", params=SERVERS)
def server(request, tmp_path_factory, compiled):
    port = free_port()
    running = Server(SERVERS[request.param], port, tmp_path_factory.mktemp(request.param) / "log")
    yield running
    running.process.terminate()
    running.process.wait(20)


@pytest.fixture(scope="module")
def scans() -> np.ndarray:
    return np.load(MODELS / "digits_heldout.npy")


@pytest.fixture(scope="module")
def logits() -> np.ndarray:
    return np.load(MODELS / "digits_logits.npy")


def infer_body(scan: np.ndarray, **more) -> dict:
    return {"inputs": [{"name": "x", "shape": [1, 1, 8, 8], "datatype": "FP32", "data": scan.tolist()}], **more}


def outputs_of(server: Server, body: dict) -> list[dict]:
    status, _, answer = server.call("POST", INFER, json.dumps(body))
    assert status == 200, answer
    return json.loads(answer)["outputs"]


def test_metadata(server):
    status, headers, body = server.call("GET", "/v2")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body)["extensions"] == ["binary_tensor_data", "classification"]
    for path in ("/v2/models/digits", "/v2/models/digits/versions/1"):
        model = json.loads(server.call("GET", path)[2])
        assert (model["name"], model["versions"]) == ("digits", ["1"])
        assert model["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [1, 1, 8, 8]}]
        assert [output["shape"] for output in model["outputs"]] == [[1, 10], [1, 10]]
    for path in ("/v2/health/live", "/v2/models/digits/ready", "/v2/models/digits/versions/1/ready"):
        assert server.call("GET", path)[0] == 200
    status, _, body = server.call("HEAD", "/v2")
    assert (status, body) == (200, b"")


def test_json_answers_are_mindspores(server, scans, logits):
    for scan, expected in list(zip(scans, logits, strict=True))[:20]:
        for given in (scan, scan.reshape(-1)):  # nested, then flat
            probabilities, got = outputs_of(
                server, infer_body(given.reshape(1, *scan.shape) if given is scan else given)
            )
            assert got["shape"] == [1, 10]
            np.testing.assert_allclose(got["data"], expected, rtol=1e-4, atol=1e-4)
            p = np.exp(expected - expected.max())
            np.testing.assert_allclose(probabilities["data"], p / p.sum(), atol=1e-5)


def binary_request(scan: np.ndarray) -> tuple[bytes, dict]:
    tensor = {"name": "x", "shape": [1, 1, 8, 8], "datatype": "FP32", "parameters": {"binary_data_size": 256}}
    text = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    return text + scan.astype("<f4").tobytes(), {"Inference-Header-Content-Length": str(len(text))}


def test_binary_answers_have_the_bits_of_json(server, scans):
    body, headers = binary_request(scans[3])
    status, answer_headers, answer = server.call("POST", INFER, body, headers)
    assert (status, answer_headers["content-type"]) == (200, "application/octet-stream")
    length = int(answer_headers["inference-header-content-length"])
    at = length
    for binary, text in zip(
        json.loads(answer[:length])["outputs"], outputs_of(server, infer_body(scans[3].reshape(-1))), strict=True
    ):
        size = binary["parameters"]["binary_data_size"]
        np.testing.assert_array_equal(np.frombuffer(answer[at : at + size], "<f4"), np.float32(text["data"]))
        at += size
    assert at == len(answer)


def test_classes_have_labels(server, scans):
    labels = np.load(MODELS / "digits_heldout_labels.npy")
    first = json.loads(server.call("GET", "/v2/models/digits")[2])["outputs"][0]["name"]
    asked = [{"name": first, "parameters": {"classification": 2}}]
    right = 0
    for scan, label in list(zip(scans, labels, strict=True))[:50]:
        (output,) = outputs_of(server, infer_body(scan.reshape(-1), outputs=asked))
        assert (output["datatype"], output["shape"]) == ("BYTES", [1, 2])
        value, index, name = output["data"][0].split(":")
        assert float(value) >= float(output["data"][1].split(":")[0])
        assert name == LABELS[int(index)]
        right += int(index) == label
    assert right >= 48


def test_requests_at_once(server, scans, logits):
    def ask(i: int) -> int:
        return int(np.argmax(outputs_of(server, infer_body(scans[i].reshape(-1), id=str(i)))[1]["data"]))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(40))) == logits[:40].argmax(1).tolist()


BAD = [
    ("GET", "/v2/models/cat", None, {}, 404, "unknown model 'cat'"),
    ("GET", "/v2/models/digits/versions/7", None, {}, 404, "unknown version '7'"),
    ("GET", "/v2/models/%2e%2e%2fdigits", None, {}, 404, ""),
    ("GET", "/v2/models/digits%00", None, {}, 404, "unknown model"),
    ("GET", INFER, None, {}, 405, "expected POST"),
    ("POST", INFER, b"", {}, 400, "JSON, byte 0"),
    ("POST", INFER, b"[" * 60000, {}, 400, "JSON, byte"),
    ("POST", INFER, b" " * 100000, {}, 413, "a body of more than"),
    ("POST", INFER, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}, 415, "gzip"),
    ("POST", INFER, b"{}", {"Inference-Header-Content-Length": "3"}, 400, "in a body of 2 bytes"),
    ("POST", INFER, b"{}", {"Inference-Header-Content-Length": "-1"}, 400, "is '-1'"),
    ("POST", INFER, b"{}", {"Inference-Header-Content-Length": "abc"}, 400, "is 'abc'"),
    ("POST", INFER, b"{}\0\0", {}, 400, "Inference-Header-Content-Length"),
    ("POST", INFER, b'{"inputs":[]}', {}, 400, "input 'x' is missing"),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status", "part"), BAD)
def test_bad_request(server, method, path, body, headers, status, part):
    got, answer_headers, text = server.call(method, path, body, headers)
    assert got == status, text
    message = json.loads(text)["error"]
    assert part in message
    assert "\n" not in message
    assert got != 405 or answer_headers["allow"] == "POST"
    assert server.is_well()


@pytest.mark.parametrize(
    "data",
    [
        b"POST /v2 HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        f"POST {INFER} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode(),
        f"POST {INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode(),
        b"GET /" + b"a" * (1 << 17) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v2 HTTP/1.1\r\nHost: x\r\nA: " + b"a" * (1 << 20) + b"\r\n\r\n",
        b"GET /v2/models/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64)),
        b"GET /v2/models/../../digits HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["negative", "two lengths", "bad chunk", "broken off", "long path", "long header", "NUL", "TLS", "dots"],
)
def test_bad_bytes(server, data):
    answer = server.raw(data)
    assert answer == b"" or re.match(rb"HTTP/1\.1 (400|404|408|411|413|414|431|500|502)", answer), answer[:200]
    assert server.is_well()


def test_commands_of_the_readme(server):
    text = (ROOT / "bindings/component/http/README.md").read_text()
    commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
    asked = [line for line in commands if line.startswith("curl ")]
    assert len(asked) >= 4
    for line in asked:
        words = shlex.split(line.replace("localhost:8080", f"127.0.0.1:{server.port}"))
        result = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=60)
        assert result.returncode == 0, (line, result.stderr)
        assert "error" not in json.loads(result.stdout), (line, result.stdout)
