# SPDX-License-Identifier: MIT
# What a person does in a first session, in the container: sourced by the tests after session.sh.

# The one file of the release is copied to the notebook and started there.
install_envkeep() {
    install -m 0755 "$scratch/envkeep" "$store/downloaded"
    in_container "$1" /storage/downloaded init
    rm "$store/downloaded"
}

envkeep_in() {
    local name=$1
    shift
    in_container "$name" /storage/envkeep/bin/envkeep "$@"
}

# Packages by pip, keys with wrong modes, a Jupyter configuration, a shell history.
work_in() {
    python3 "$simulator/make_wheel.py" "$store"
    in_container "$1" /bin/bash -euc '
        pip install --user --break-system-packages --no-index --quiet \
            --disable-pip-version-check --no-warn-script-location /storage/greeter-1.0-py3-none-any.whl
        mkdir -p ~/.ssh
        printf -- "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n" >~/.ssh/id_ed25519
        printf "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me\n" >~/.ssh/id_ed25519.pub
        printf "Host *\n    ServerAliveInterval 60\n" >~/.ssh/config
        chmod 0755 ~/.ssh
        chmod 0644 ~/.ssh/id_ed25519 ~/.ssh/config
        chmod 0666 ~/.ssh/id_ed25519.pub
        mkdir -p ~/.jupyter/lab/user-settings
        echo "{\"theme\": \"dark\"}" >~/.jupyter/lab/user-settings/themes.json
        printf "ls\ncd /notebooks\n" >>~/.bash_history
        git --version >/dev/null 2>&1 || :
        printf "[user]\n\tname = Me\n" >~/.gitconfig
    '
    rm "$store/greeter-1.0-py3-none-any.whl"
}

# Everything that the person did is there again, with the modes that ssh wants.
expect_work_in() {
    local name=$1
    expect_equal "$name: the installed program runs" 'hello from the store' \
        "$(in_container "$name" /root/.local/bin/greeter 2>&1)"
    expect_equal "$name: modes of the keys" '700 600 644 600' \
        "$(in_container "$name" stat -L -c %a /root/.ssh /root/.ssh/id_ed25519 \
            /root/.ssh/id_ed25519.pub /root/.ssh/config 2>&1 | tr '\n' ' ' | sed 's/ $//')"
    expect "$name: the Jupyter settings are there" \
        in_container "$name" grep -q dark /root/.jupyter/lab/user-settings/themes.json
    expect "$name: what the image shipped beside them is there" \
        in_container "$name" grep -q allow_root /root/.jupyter/jupyter_server_config.py
    expect "$name: the git configuration is there" \
        in_container "$name" grep -q 'name = Me' /root/.gitconfig
    expect "$name: the shell history is there" \
        in_container "$name" grep -q 'cd /notebooks' /root/.bash_history
}

# The background process of a session's start writes back at SIGTERM and ends.
end_background() {
    in_container "$1" /bin/bash -c '
        pid=$(/storage/envkeep/bin/envkeep status --json |
            python3 -c "import json, sys; print(json.load(sys.stdin)[\"background\"][\"pid\"])")
        [ -n "$pid" ] || exit 1
        kill -TERM "$pid"
        end=$((SECONDS + 60))
        while [ "$SECONDS" -lt "$end" ] && kill -0 "$pid" 2>/dev/null && ! grep -q "State:.Z" "/proc/$pid/status"; do :; done
        [ "$SECONDS" -lt "$end" ]'
}
