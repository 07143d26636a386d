"""What a wheel needs beyond the packages: built web assets (so no Node where it is installed) and the protocols."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Additions(BuildHookInterface):
    """Builds web/static/dist and adds processes/; not for an editable install, which uses both where they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets, or make sure that they are there where there is no Node."""
        if version == "editable":
            return
        build_data["shared_data"]["processes"] = "share/staffetta/processes"
        root = Path(self.root)
        if shutil.which("node"):
            environment = {**os.environ, "PYTHON": sys.executable}
            subprocess.run([root / "tools" / "assets.sh"], check=True, env=environment)
        elif not (root / "web" / "static" / "dist" / "manifest.json").exists():
            message = "web/static/dist is missing, and there is no Node to build it; see tools/assets.sh"
            raise RuntimeError(message)
        else:
            self.app.display_warning("no Node: web/static/dist is packed as it is")
