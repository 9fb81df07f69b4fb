# Functions shared by these scripts, which source this file.

# The directory of PostgreSQL's programs, the newest version first; Debian keeps it out of PATH.
postgres_programs() {
    local directory
    for directory in $(printf '%s\n' "${PATH//:/$'\n'}") \
        $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort --version-sort --reverse); do
        if [[ -x $directory/initdb && -x $directory/pg_ctl && -x $directory/postgres ]]; then
            printf '%s\n' "$directory"
            return
        fi
    done
    return 1
}

is_there() {
    command -v "$1" >/dev/null 2>&1
}

# Checks for the version of Node.js that GraphiQL's bundle needs.
node_is_there() {
    is_there npm && is_there node && (($(node --print 'process.versions.node.split(".")[0]') >= 18))
}

# Finds a browser of the Chromium family, under any of the names that distributions use.
browser_is_there() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if is_there "$name"; then return; fi
    done
    return 1
}

# Exit status of deploy/assets.sh if Node.js or the npm registry is not available, which is not an error.
readonly NOT_TO_BE_HAD=3

say() {
    printf '%s\n' "$*" >&2
}

give_up() {
    say "error: $*"
    exit 1
}
