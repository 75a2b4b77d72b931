import shutil
import subprocess
import sys
from pathlib import Path

import gateway
from gateway.config.share import share_path


def test_in_a_checkout() -> None:
    assert (share_path("config") / "gateway.yaml").is_file()
    assert (share_path("templates") / "mail").is_dir()


def test_in_an_installed_wheel(tmp_path: Path) -> None:
    """A wheel carries both folders below the package (pyproject.toml, force-include)."""
    package = Path(gateway.__file__).parent
    site = tmp_path / "site"
    (site / "gateway" / "config").mkdir(parents=True)
    shutil.copy(package / "__init__.py", site / "gateway")
    for name in ("__init__.py", "share.py"):
        shutil.copy(package / "config" / name, site / "gateway" / "config")
    code = "from gateway.config.share import share_path; print(share_path('config'))"
    command = [sys.executable, "-P", "-c", code]
    ran = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(site)}, capture_output=True, text=True)
    assert "the installation lacks its folder 'config'" in ran.stderr
    shared = site / "gateway" / "_share" / "config"
    shared.mkdir(parents=True)
    ran = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(site)}, capture_output=True, text=True)
    assert ran.stdout == f"{shared}\n"
