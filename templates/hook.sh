# envkeep: sourced at the start of each session by one line in pre-run.sh. Made by 'envkeep hook install',
# which also writes it anew; 'envkeep hook remove' takes it away. ENVKEEP_OFF=1 in the environment, or an
# empty file 'off' beside this one, makes it do nothing.
#
# It is one compound command, so that the shell has read all of it before it waits for anything, and
# whatever happens inside, its status is 0. Only the exports of the manifest's 'env:' reach this shell, by
# descriptor 3: what its traps, functions and aliases print there is none of them. They are tried out first,
# since a name that is read-only ends some shells. All else happens in an sh of its own. The one within
# 'timeout' has the limit: a program on a store that hangs may outlive even SIGKILL, but it holds nothing open
# that somebody waits for then; also not while it is executed, with what shells save of a redirection.
{
    if [ -z "${ENVKEEP_OFF:-}" ]; then
        \eval "$(
            {
                \set +e +u
                envkeep=$(
                    {
                        \exec /bin/sh -c '
                            cd /
                            export ENVKEEP_START_LIMIT=@LIMIT@
                            if ! command -v timeout >/dev/null 2>&1; then
                                exec "$2" restore --start --store "$3" >&3 3>&-
                            fi
                            timeout -s KILL @KILL_AFTER@ /bin/sh -c "$1" sh "$2" restore --start --store "$3" >&3 3>&-
                            [ $? = 137 ] || exit 0
                            echo "envkeep: $3 did not answer within @KILL_AFTER@ s; once it does: $2 restore" >&2
                            [ -d "${HOME:-}" ] && [ -O "$HOME" ] || exit 0
                            mkdir -p "$HOME/.envkeep-state"
                            date -u +%Y-%m-%dT%H:%M:%SZ >"$HOME/.envkeep-state/start-killed"
                        ' 'sh' '
                            if [ -s "$1" ] && [ -x "$1" ]; then
                                exports=$("$@")
                                printf "%s\n" "$exports"
                            else
                                echo "envkeep: $1 is gone, empty or may not be executed: run init of a sound copy" >&2
                            fi
                        ' @BINARY@ @STORE@ </dev/null
                    } 3>&1 >/dev/null
                )
                if [ -n "$envkeep" ] && ! (\eval "$envkeep"; \exit 0); then
                    \echo "envkeep: a variable of 'env:' is read-only in this shell: none was set" >&2
                    envkeep=
                fi
                \exec /bin/sh -c 'printf "%s\n" "$1" >&3' 'sh' "$envkeep"
            } 3>&1 >/dev/null
        )" || :
    fi
}
