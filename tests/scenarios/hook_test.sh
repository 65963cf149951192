#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# P1: whatever is broken, the sourced hook returns with status 0 and leaves the shell as it was, but for the
# exports of the manifest. Each shell that an image may use, each option that a start script may have set.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
cat >"$store/envkeep/manifest.yaml" <<'END'
envkeep: 1
keep: [.ssh]
env:
  GREETING: "it's; here $(false) `false`"
  PATH: {prepend: [~/.local/bin]}
END

# What of a shell the hook might change. GREETING, PATH and what shells count by themselves are left out.
probe='
state() { set +o; pwd; trap; umask; set | grep -v -e "^GREETING=" -e "^PATH=" -e "^path=" -e "^_=" -e "^BASH_" -e "^LINENO" \
    -e "^RANDOM" -e "^SECONDS" -e "^EPOCH" -e "^PIPESTATUS" -e "^pipestatus" -e "^result=" -e "^status=" -e "^?=" -e "^SRANDOM" \
    -e "^TTYIDLE" -e "^OLDPWD" -e "^FUNCNAME" -e "^ERRNO" -e "^PPID"; }
'
ways=0 breakages=0
sources() {
    local shell=$1 options=$2
    ways=$((ways + 1))
    "$shell" -c "$probe"'
        cd /tmp
        trap "echo trapped" USR1
        '"$options"'
        state >|"$ENVKEEP_SCRATCH_DIR/before"
        . "$ENVKEEP_STORE/pre-run.sh"
        result=$?
        state >|"$ENVKEEP_SCRATCH_DIR/after"
        [ "$result" = 0 ] || { echo "status $result"; exit 1; }
        diff "$ENVKEEP_SCRATCH_DIR/before" "$ENVKEEP_SCRATCH_DIR/after" || exit 1
        case $PATH in "$HOME/.local/bin:"*) ;; *) echo "PATH=$PATH"; exit 1 ;; esac
        [ "$GREETING" = "it'"'"'s; here \$(false) \`false\`" ] || { echo "GREETING=$GREETING"; exit 1; }
        exit 0' </dev/null
}

shells=()
for shell in bash dash zsh; do
    if command -v "$shell" >/dev/null; then
        shells+=("$shell")
    else
        fail "$shell is not installed: cmake/dependencies.sh installs it"
    fi
done
for shell in "${shells[@]}"; do
    expect "$shell: plain" sources "$shell" ''
    expect "$shell: set -eu" sources "$shell" 'set -eu'
    expect "$shell: set -o noclobber" sources "$shell" 'set -C'
    expect "$shell: umask 0" sources "$shell" 'umask 0'
    expect "$shell: umask 0777" sources "$shell" 'umask 0777'
    expect "$shell: an EXIT trap" sources "$shell" 'trap : EXIT'
    expect "$shell: another USER" sources "$shell" 'USER=nobody LOGNAME=nobody; export USER LOGNAME'
    expect "$shell: a working folder that is gone" sources "$shell" \
        'mkdir "$ENVKEEP_SCRATCH_DIR/gone"; cd "$ENVKEEP_SCRATCH_DIR/gone"; rmdir "$ENVKEEP_SCRATCH_DIR/gone"'
    expect "$shell: an odd IFS" sources "$shell" 'IFS=x'
done
expect 'bash: set -o pipefail' sources bash 'set -o pipefail'
expect 'bash: posix mode' sources bash 'set -o posix'
expect 'bash: an ERR trap' sources bash 'trap "echo err; exit 3" ERR'
expect 'bash: aliases for what the hook uses' sources bash \
    'shopt -s expand_aliases; alias eval=false cd=false timeout=false command=false exec=false set=false sh=false'
expect 'zsh: aliases for any word' sources zsh \
    'setopt aliases; alias cd="cd /; ls"; alias -g sh=false; alias -g restore=nothing; alias -g printf=false'

# What the shell's own functions, aliases and traps print is executed by nobody.
printed="touch $scratch/executed"
export printed
expect 'bash: a cd that prints' sources bash 'cd() { builtin cd "$@" && echo "$printed"; }'
expect 'zsh: a cd that prints' sources zsh 'cd() { builtin cd "$@" && echo "$printed"; }'
expect 'zsh: a chpwd that prints' sources zsh 'chpwd() { echo "$printed"; }'
expect 'bash: a DEBUG trap that prints' sources bash 'set -T; trap "echo \"$printed\"" DEBUG'
expect 'bash: an EXIT trap that prints' sources bash 'trap "echo \"$printed\"" EXIT'
expect 'zsh: an EXIT trap that prints' sources zsh 'TRAPEXIT() { echo "$printed"; }'
expect_equal 'dash: a cd that prints' "it's; here" \
    "$(dash -c 'alias cd="echo $printed;"
. "$ENVKEEP_STORE/pre-run.sh"
echo "${GREETING%% \$*}"' 2>/dev/null </dev/null)"
expect 'nothing of it was executed' test ! -e "$scratch/executed"

# A name that is read-only: the shell goes on, with all of its own.
for shell in "${shells[@]}"; do
    expect_equal "$shell: a variable that is read-only" 'old, status 0' \
        "$("$shell" -c 'readonly GREETING=old; . "$ENVKEEP_STORE/pre-run.sh"; echo "$GREETING, status $?"' 2>/dev/null </dev/null)"
done
expect_equal 'bash in posix mode: a variable that is read-only' 'old, status 0' \
    "$(bash -o posix -c 'readonly GREETING=old; . "$ENVKEEP_STORE/pre-run.sh"; echo "$GREETING, status $?"' 2>/dev/null </dev/null)"

# What may be broken: each leaves a shell that goes on.
goes_on() {
    breakages=$((breakages + 1))
    expect_equal "$1" 'went on, status 0' \
        "$(bash -c 'set -eu; . "$ENVKEEP_STORE/pre-run.sh"; echo "went on, status $?"' 2>/dev/null </dev/null)"
}
goes_on 'all is well'
cp "$store/envkeep/manifest.yaml" "$scratch/manifest"
printf 'kepe: [\n' >"$store/envkeep/manifest.yaml"
goes_on 'a manifest that is no YAML'
expect_equal 'with it, the exports are those of the last good start' "$home/.local/bin" \
    "$(bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "${PATH%%:*}"' 2>/dev/null </dev/null)"
rm "$store/envkeep/manifest.yaml"
goes_on 'no manifest'
mkdir "$store/envkeep/manifest.yaml"
goes_on 'a manifest that cannot be read'
rmdir "$store/envkeep/manifest.yaml"
cp "$scratch/manifest" "$store/envkeep/manifest.yaml"
mv "$store/envkeep/store.json" "$scratch/store.json"
goes_on 'no identity'
printf 'noise' >"$store/envkeep/store.json"
goes_on 'an identity of noise'
mv "$scratch/store.json" "$store/envkeep/store.json"
mv "$envkeep" "$scratch/envkeep"
goes_on 'no program'
printf '\177ELF' >"$envkeep"
chmod 755 "$envkeep"
goes_on 'a program cut short'
printf '#!/bin/sh\nkill -SEGV $$\n' >"$envkeep"
goes_on 'a program that crashes'
printf '#!/bin/sh\nexit 9\n' >"$envkeep"
goes_on 'a program that fails'
mv -f "$scratch/envkeep" "$envkeep"
mv "$store/envkeep/hook.sh" "$scratch/hook.sh"
goes_on 'no hook.sh'
mv "$scratch/hook.sh" "$store/envkeep/hook.sh"
expect_equal 'closed standard streams' 'went on' \
    "$(bash -c '. "$ENVKEEP_STORE/pre-run.sh" <&- 2>&-; echo "went on"' 2>/dev/null)"
expect_equal 'all standard streams closed' 'went on' \
    "$(exec 5>&1; bash -c '. "$ENVKEEP_STORE/pre-run.sh" <&- >&- 2>&-; echo "went on" >&5' 2>/dev/null)"
expect_equal 'HOME unset' 'went on' \
    "$(env -u HOME bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "went on"' 2>/dev/null </dev/null)"

# The switch: by variable, and by a file in the store.
rm -rf "$home/.ssh"
expect_equal 'ENVKEEP_OFF=1 does nothing' 'no' \
    "$(ENVKEEP_OFF=1 bash -c '. "$ENVKEEP_STORE/pre-run.sh"; [ -e ~/.ssh ] && echo yes || echo no' </dev/null)"
: >"$store/envkeep/off"
expect_equal 'the file "off" does nothing' 'no' \
    "$(bash -c '. "$ENVKEEP_STORE/pre-run.sh"; [ -e ~/.ssh ] && echo yes || echo no' 2>/dev/null </dev/null)"
rm "$store/envkeep/off"
goes_on 'switched on again'
expect 'the link is there again' test -L "$home/.ssh"
finish "${#shells[@]} shells, sourced in $ways ways: options, traps, folder and variables as before; $breakages states of the store, each time the shell went on"
