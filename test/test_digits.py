"""The digits model gives MindSpore's answers: the file that is committed, the reference beside it, and our sandbox."""

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import pytest
from mindspore import nn
from sklearn.datasets import load_digits


@pytest.fixture(scope="module")
def scans(models) -> np.ndarray:
    return np.load(models / "digits_heldout.npy")


@pytest.fixture(scope="module")
def labels(models) -> np.ndarray:
    return np.load(models / "digits_heldout_labels.npy")


@pytest.fixture(scope="module")
def reference(models) -> np.ndarray:
    return np.load(models / "digits_logits.npy")


@pytest.fixture(scope="module")
def answers(models, scans) -> list[np.ndarray]:
    """Probabilities and logits of all scans, from the sandbox."""
    model = msw.load(models / "digits.mindir")
    return [np.concatenate(output) for output in zip(*(model(x=scan[None]) for scan in scans), strict=True)]


def test_the_scans_are_scikit_learns(scans, labels):
    digits = load_digits()
    grey = np.floor(digits.images * 255 / 16 + 0.5).astype(np.float32)
    known = {(image.tobytes(), target) for image, target in zip(grey, digits.target, strict=True)}
    assert all((scan.tobytes(), label) in known for scan, label in zip(scans, labels, strict=True))
    assert len(scans) == len({scan.tobytes() for scan in scans}) == 360


def test_the_reference_is_mindspores_answer(models, scans, reference):
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    cell = nn.GraphCell(ms.load(str(models / "digits.mindir")))
    logits = np.concatenate([cell(ms.Tensor(scan[None]))[1].asnumpy() for scan in scans])
    assert np.abs(logits - reference).max() <= 1e-6 * np.abs(reference).max()


def test_every_scan_gets_mindspores_class(answers, reference):
    _, logits = answers
    assert (logits.argmax(1) == reference.argmax(1)).all()


def test_logits_are_within_1e_5_of_the_largest(answers, reference):
    _, logits = answers
    assert logits.dtype == np.float32
    assert logits.shape == reference.shape
    assert np.abs(logits - reference).max() <= 1e-5 * np.abs(reference).max()


def test_probabilities_are_the_softmax_of_the_logits(answers, reference):
    probabilities, _ = answers
    powers = np.exp(reference.astype(np.float64))
    assert np.abs(probabilities - powers / powers.sum(1, keepdims=True)).max() <= 1e-5


def test_at_least_97_percent_are_right(answers, labels):
    probabilities, _ = answers
    assert (probabilities.argmax(1) == labels).mean() >= 0.97


def test_its_input_and_outputs_are_described(models):
    model = msw.load(models / "digits.mindir")
    assert [(spec.name, spec.dtype, spec.shape) for spec in model.inputs] == [("x", np.float32, (1, 1, 8, 8))]
    assert [(spec.dtype, spec.shape) for spec in model.outputs] == [(np.float32, (1, 10))] * 2
