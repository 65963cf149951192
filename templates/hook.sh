# envkeep: sourced at the start of each session by one line in pre-run.sh. Made by 'envkeep hook install',
# which also writes it anew; 'envkeep hook remove' takes it away. ENVKEEP_OFF=1 in the environment, or an
# empty file 'off' beside this one, makes it do nothing.
#
# It is one compound command, so that the shell has read all of it before it waits for anything, and
# whatever happens inside, its status is 0. Only the exports of the manifest's 'env:' reach this shell:
# all else happens in the command substitution, which is a process of its own. The shell in it is what has the
# limit: a program on a store that hangs may outlive even SIGKILL, but nobody waits for its output then.
{
    if [ -z "${ENVKEEP_OFF:-}" ]; then
        \eval "$(
            \unalias -a
            set +e +u
            cd / || :
            export ENVKEEP_START_LIMIT=@LIMIT@
            if command -v timeout >/dev/null 2>&1; then
                command timeout -s KILL @KILL_AFTER@ sh -c 'exports=$("$@"); printf "%s\n" "$exports"' sh \
                    @BINARY@ restore --start --store @STORE@ </dev/null
            else
                @BINARY@ restore --start --store @STORE@ </dev/null
            fi
            :
        )" || :
    fi
}
