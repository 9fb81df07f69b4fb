"""Checks the scripts in GitHub workflows with shellcheck: python deploy/checks/run_steps.py FILE…"""

import re
import subprocess
import sys
from pathlib import Path

import yaml

SHELLCHECK = Path(sys.executable).parent / "shellcheck"


def scripts(workflow: dict):
    for name, job in workflow["jobs"].items():
        for number, step in enumerate(job.get("steps", []), 1):
            if "run" in step:
                yield f"{name}, step {number}", step


failed = False
for file in sys.argv[1:]:
    for place, step in scripts(yaml.safe_load(Path(file).read_text())):
        # GitHub replaces expressions before the shell sees them, so their values must not contain quotes.
        script = "set -euo pipefail\n" + re.sub(r"\$\{\{.*?\}\}", "x", step["run"])
        declared = "".join(f"export {name}=x\n" for name in step.get("env", {}))
        checked = subprocess.run(
            [SHELLCHECK, "--shell=bash", "--exclude=SC2154", "-"], input=declared + script, text=True, stdout=subprocess.PIPE
        )
        if checked.returncode != 0:
            failed = True
            print(f"{file}: {place}\n{checked.stdout}")
sys.exit(failed)
