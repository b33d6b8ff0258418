# Read by packaging/install and packaging/test (bash).

source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What compiling needs, and git, which the daemon runs.
# shellcheck disable=SC2034
build_packages=(g++ meson ninja-build pkgconf libsystemd-dev libsqlite3-dev libfmt-dev libspdlog-dev
    nlohmann-json3-dev libuv1-dev libcli11-dev libtomlplusplus-dev libxxhash-dev git)

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# missing PACKAGE...: those that are not installed, one a line
missing() {
    local package
    for package in "$@"; do
        installed "$package" || echo "$package"
    done
}

# as_root COMMAND...: runs it as root, through sudo if need be
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -- "$@"
    fi
}

# need_packages PACKAGE...: installs what is missing; asks for nothing when all is there
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "This is neither Debian nor Ubuntu: make sure yourself that you have what these packages hold:"
        echo "  $*"
        return
    fi
    local wanted
    mapfile -t wanted < <(missing "$@")
    [ ${#wanted[@]} -gt 0 ] || return 0
    echo "Packages that are missing: ${wanted[*]}"
    local remedy="an administrator can mend that with: apt-get install ${wanted[*]}"
    command -v apt-get >/dev/null || fail "apt-get is not here to install them; $remedy"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "installing them needs root, and sudo is not installed; $remedy"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update ||
        fail "apt-get update failed (see above); $remedy"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${wanted[@]}" ||
        fail "apt-get install failed (see above); $remedy"
}

# want COMMAND=PACKAGE...: installs the packages whose command is not there, as far as this release has them.
# Says what cannot be had; the tests that need it are skipped then.
want() {
    local pair package wanted=()
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || wanted+=("${pair#*=}")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    for package in "${wanted[@]}"; do
        # A shell of its own: what fails there ends no more than this one wish.
        (need_packages "$package") || echo "Without $package: the tests that need it are skipped."
    done
}

# configure FOLDER OPTION...: meson setup, also over what another run or another meson has left there
configure() {
    local folder=$1
    shift
    if [ -f "$folder/build.ninja" ] &&
        meson setup --reconfigure "$@" "$folder" "$source_folder" >"$folder/configure.log" 2>&1; then
        return
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    meson setup "$@" "$folder" "$source_folder" || fail "meson could not configure $folder (see above)"
}
