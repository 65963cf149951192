# SPDX-License-Identifier: MIT
# A real sshd with git behind it, for tests; sourced. It listens on loopback and ends with the script.
#
#   begin_git_server DIR        makes DIR, starts the server, sets $git_server ([127.0.0.1]:PORT's URL part),
#                               $git_host_key (a line for known_hosts)
#   allow_key FILE.pub          the server accepts this key
#   new_repository NAME         an empty bare repository; its URL is ssh://root@$git_server/$git_folder/NAME
#   end_git_server
git_identity=(-c user.name=Other -c user.email=other@example.org -c init.defaultBranch=main -c safe.directory='*')

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

begin_git_server() {
    git_folder=$1/git
    local settings=$1/sshd port
    mkdir -p "$git_folder" "$settings/home" /run/sshd
    ssh-keygen -q -t ed25519 -N '' -f "$settings/host_key"
    : >"$settings/authorized_keys"
    for _ in 1 2 3; do  # somebody else may take the port first
        port=$(free_port)
        write_sshd_config "$settings" "$port"
        "$(command -v sshd)" -f "$settings/config" -E "$settings/log" -D </dev/null >/dev/null 2>&1 &
        git_server_pid=$!
        wait_for 'the ssh server listens, or has ended' \
            bash -c "(exec 3<>/dev/tcp/127.0.0.1/$port) || ! kill -0 $git_server_pid"
        ! kill -0 "$git_server_pid" 2>/dev/null || break
    done
    git_settings=$settings
    git_server=127.0.0.1:$port
    git_host_key="[127.0.0.1]:$port $(cut -d' ' -f1,2 "$settings/host_key.pub")"
}

# write_sshd_config SETTINGS PORT
write_sshd_config() {
    cat >"$1/config" <<END
ListenAddress 127.0.0.1
Port $2
HostKey $1/host_key
PidFile $1/pid
AuthorizedKeysFile $1/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
LogLevel VERBOSE
# The shell that sshd starts reads ~/.bashrc: what this user does there is no part of a git host.
SetEnv HOME=$1/home
END
}

# Nothing but git: as the hosts of repositories do.
allow_key() {
    printf 'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" %s\n' "$(cat "$1")" \
        >>"$git_settings/authorized_keys"
}

new_repository() {
    git "${git_identity[@]}" init --quiet --bare "$git_folder/$1"
}

end_git_server() {
    [ -z "${git_server_pid-}" ] || kill "$git_server_pid" 2>/dev/null || :
}
