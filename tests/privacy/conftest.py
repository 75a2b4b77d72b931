"""A running web view that these tests may change, and two agents."""

from tests.web.conftest import small

__all__ = ["small"]
