"""MindSpore's own compiler with the sandbox behind it: @ms.jit(backend="wasm").

from ms_backend_wasm import jit
jit.register()

@ms.jit(backend="wasm")
def f(x): ...

ms.jit(net, backend="wasm")(x)                                            a Cell
net.set_jit_config(ms.JitConfig(jit_level="O0", backend="wasm"))          in GRAPH_MODE, also for Model.predict
"""

from .executor import FallbackWarning
from .register import Counts, counts, register

__all__ = ["Counts", "FallbackWarning", "counts", "register"]
