"""What register was told, and what was done since."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Settings:
    """The arguments of register; graphs that each side took, runs made here, and how often weights were uploaded."""

    fallback: str = "native"
    memory_limit: int = 2 << 30
    timeout: float | None = None
    wasm_graphs: int = 0
    native_graphs: int = 0
    wasm_runs: int = 0
    uploads: int = 0


settings = Settings()
