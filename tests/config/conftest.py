"""Configurations on disk."""

from collections.abc import Callable
from pathlib import Path

import pytest

SMALLEST = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: shop
    name: Shop
    addresses: [support@example.com]
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write ``gateway.yaml``: the smallest configuration and ``more`` below it, its data in ``tmp_path/var``."""

    def write_file(more: str = "", *, whole: str | None = None) -> Path:
        path = tmp_path / "gateway.yaml"
        path.write_text(whole if whole is not None else f"{SMALLEST}data_dir: {tmp_path / 'var'}\n{more}", "utf-8")
        return path

    return write_file
