"""Fourier transforms."""

import numpy as np
from tvm import tirx, topi

from .case import Made, Random, add_case, case


def add_dft(inverse: bool) -> None:
    def make(random: Random) -> Made:
        x, y = random.floats(3, 13), random.floats(3, 13)
        z = (np.fft.ifft if inverse else np.fft.fft)(x + 1j * y)
        return Made([x, y], lambda x, y: topi.dft(x, y, inverse), [z.real, z.imag])

    add_case("dft", make, variant="inverse" if inverse else "")


add_dft(False)
add_dft(True)


@case("stft")
def stft(random):
    x, window = random.floats(2, 23), random.floats(8)
    frames = np.lib.stride_tricks.sliding_window_view(x, 8, 1)[:, ::3]
    z = np.fft.rfft(frames * window).swapaxes(1, 2) / np.sqrt(8)
    expected = np.stack([z.real, z.imag], -1)

    def build(x, window):
        return topi.stft(x, 8, 3, 8, window, tirx.const(True, "bool"), True, expected.shape)

    return Made([x, window], build, expected)
