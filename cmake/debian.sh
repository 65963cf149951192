# SPDX-License-Identifier: MIT
# Sourced: what our scripts ask of Debian's package client. Nothing here changes the system's own
# package sources or lists.

# The client runs programs of its own; a python3 that a version manager puts before Debian's made all it does take
# twice as long.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# Prints those of the named packages that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s\n' "$package"
    done
}

# Installs the named packages, those that are there already left alone.
install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    local command="apt-get install --no-install-recommends ${missing[*]}"
    [ "$(id -u)" = 0 ] || die "these packages are missing; as root, run: $command"
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >&2 </dev/null || say "warning: 'apt-get update' failed"
    apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 </dev/null ||
        die "cannot install what is missing; try: $command"
}

# apt_with <state folder> <command> [arguments]: apt-get or apt-cache with sources, lists and cache
# of its own in that folder, all else (proxies, keys) as the system has it.
apt_with() {
    local state=$1 command=$2
    shift 2
    "$command" -q \
        -o Dir::Etc::sourcelist=/dev/null \
        -o Dir::Etc::sourceparts="$state/sources" \
        -o Dir::State::lists="$state/lists" \
        -o Dir::Cache="$state/cache" \
        -o APT::Sandbox::User=root \
        -o Acquire::Retries=3 \
        -o Acquire::Languages=none \
        "$@" </dev/null
}

# Prints "URI suite" for each of the machine's own Debian sources, asked of apt itself, so that
# either form of sources file and any mirror will do.
own_debian_sources() {
    local state=$1 listing
    listing=$(list_own_sources)
    if [ -z "$listing" ]; then
        # The lists were cleaned away, as in most container images: fetch them into our own folder.
        mkdir -p "$state/own/partial"
        apt-get -q -o Dir::State::lists="$state/own" update >&2 </dev/null ||
            die "cannot read the package lists of this machine's own sources"
        listing=$(list_own_sources -o Dir::State::lists="$state/own")
    fi
    printf '%s\n' "$listing" | sort -u
}

list_own_sources() {
    apt-get indextargets "$@" --format '$(CREATED_BY)|$(ORIGIN)|$(COMPONENT)|$(REPO_URI) $(CODENAME)' |
        sed -n 's/^Packages|Debian|main|//p'
}

# write_sources <state folder> <release> <deb|deb-src> [main]: the machine's own mirrors, another
# release; with its updates and security suites unless only the main suite is asked for.
write_sources() {
    local state=$1 release=$2 type=$3 only=${4-} own uri suite
    # shellcheck source=/dev/null
    own=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
    mkdir -p "$state/sources" "$state/lists/partial" "$state/cache/archives/partial"
    own_debian_sources "$state" | while read -r uri suite; do
        case $suite in
        "$own-"*) [ -z "$only" ] || continue ;;&
        "$own" | "$own-updates" | "$own-security") suite=$release${suite#"$own"} ;;
        *) continue ;;
        esac
        printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
            "$type" "$uri" "$suite" /usr/share/keyrings/debian-archive-keyring.gpg
    done >"$state/sources/$release.sources"
    [ -s "$state/sources/$release.sources" ] ||
        die "apt on this machine names no Debian mirror for '$own', so there is none for '$release'"
}
