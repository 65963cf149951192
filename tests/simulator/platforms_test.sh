#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each platform that envkeep knows, by its variables, its mount and its user: what 'init' finds and writes, and
# a second session that comes up by what 'hook print' prints for it, run as that platform runs it.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
begin_platform
common=("${container_environment[@]:0:1}" LANG=C.UTF-8)

# The columns: id, name; what survives; uid, home; its mark (a variable, or the path of a file); what 'hook
# print' is for; the first keep of the manifest ('none': what is in the home survives by itself).
platforms='
gradient           Paperspace_Gradient          /storage                        0     /root                           PAPERSPACE_FQDN=n1              container-command  .local
kaggle             Kaggle                       /kaggle/working                 0     /root                           KAGGLE_KERNEL_RUN_TYPE=Batch    notebook-cell      .gitconfig
colab              Google_Colab                 /content/drive/MyDrive          0     /root                           COLAB_RELEASE_TAG=r1            notebook-cell      .ssh
runpod             RunPod                       /workspace                      0     /root                           RUNPOD_POD_ID=p1                container-command  .local
vast               Vast.ai                      /data                           0     /root                           VAST_CONTAINERLABEL=C.1         pre-run            .local
sagemaker          SageMaker_Studio             /home/sagemaker-user            1000  /home/sagemaker-user            SAGEMAKER_APP_TYPE=JupyterLab   lifecycle-script   none
sagemaker-notebook SageMaker_notebook_instance  /home/ec2-user/SageMaker        1000  /home/ec2-user                  /opt/ml/metadata/resource-metadata.json lifecycle-script .local
lightning          Lightning_Studio             /teamspace/studios/this_studio  1000  /teamspace/studios/this_studio  LIGHTNING_CLOUD_PROJECT_ID=l1   pre-run            none
jupyterhub         JupyterHub                   /home/jovyan                    1000  /home/jovyan                    JUPYTERHUB_USER=me              jupyter-config     none
spaces             Hugging_Face_Spaces          /data                           1000  /home/user                      SPACE_ID=me/space               pre-run            .local
container          container                    /storage                        1000  /home/me                        none                            container-command  .local
'

# What stands for Jupyter shows the variables that it has; sudo is as SageMaker calls it.
prepare_image() {
    local layer=$scratch/layer
    rm -r "$layer/run.sh" "$layer/notebooks"  # this image reads no pre-run.sh, and is not Gradient's
    mkdir -p "$layer/usr/local/bin" "$layer/opt/python/google/colab"
    install -m 755 "$program" "$layer/usr/local/bin/envkeep-new"
    printf '#!/bin/sh\nenv\n' >"$layer/start.sh"
    cat >"$layer/usr/local/bin/sudo" <<'END'
#!/bin/sh
[ "$1 $2 $3" = '-H -u ec2-user' ] || exit 9
shift 3
exec setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/home/ec2-user "$@"
END
    chmod 755 "$layer/start.sh" "$layer/usr/local/bin/sudo"
    cp -p "$layer/start.sh" "$layer/usr/local/bin/jupyter"
    : >"$layer/opt/python/google/__init__.py"
    echo 'class drive: mount = print' >"$layer/opt/python/google/colab/__init__.py"
}

# The platform's user, and what it is known by.
prepare() {
    in_container "$1" /bin/sh -euc '
        [ "$1" = 0 ] || echo "user:x:$1:$1::$2:/bin/bash" >>/etc/passwd
        mkdir -p "$2" /opt/tool
        chown "$1:$1" "$2" /opt/tool
        case $3 in /*) mkdir -p "$(dirname "$3")"; echo "{}" >"$3" ;; esac
    ' sh "$uid" "$home" "$mark"
}

# as NAME CMD...: by the platform's user.
as() {
    local here=$scratch/containers/$1
    shift
    nsenter --target "$(cat "$here/first.pid")" --mount --pid --root --wd --setuid "$uid" --setgid "$uid" \
        env -i "${container_environment[@]}" "$@" </dev/null
}

# The session's start, as the platform does it with what 'hook print' gave; prints the variables of its server.
start_as_printed() {
    local text
    text=$(cat "$scratch/printed")
    case $use in
    container-command) as "$1" sh -c "$text" ;;
    pre-run) as "$1" sh -c "$text
jupyter" ;;
    notebook-cell | jupyter-config)
        as "$1" env PYTHONPATH=/opt/python python3 -c "$text
subprocess.run(['jupyter'])" ;;
    # Of a notebook instance it is root that runs it; its variables reach nobody.
    lifecycle-script)
        case $id in
        sagemaker) as "$1" bash -c "$text" ;;
        *) in_container "$1" bash -c "$text" ;;
        esac ;;
    esac
}

one_platform() {
    local manifest mode
    rm -rf "$store"
    mkdir -p "$store"
    chown "$uid:$uid" "$store"
    store_point=$folder
    container_environment=("${common[@]}" "HOME=$home")
    case $mark in *=*) container_environment+=("$mark") ;; esac
    if [ "$id" = colab ]; then
        # A drive that keeps no modes and makes no file a program.
        mkdir -p "$scratch/drive"
        bindfs --chmod-ignore --perms=0600:u+D "$scratch/drive" "$store"
    fi
    new_container one
    prepare one
    as one envkeep-new init >"$scratch/init" 2>&1 || fail "$id: init"
    expect "$id: init names it" grep -q "platform *$title" "$scratch/init"
    expect "$id: the store is in what survives" test -f "$store/envkeep/store.json"
    manifest=$store/envkeep/manifest.yaml
    expect_equal "$id: the manifest begins with what needs to be kept" "$first_keep" \
        "$(sed -n 's/^  - {*\(path: \)*\([^, }]*\).*/\2/p; s/^keep: \[\]$/none/p' "$manifest" | sed -n 1p)"
    as one envkeep-new hook print >"$scratch/printed" 2>"$scratch/where" || fail "$id: hook print"
    expect "$id: hook print says where to put it" grep -q "$title: paste it " "$scratch/where"
    expect_equal "$id: and that is what is meant" "$(as one envkeep-new hook print --for "$use")" "$(cat "$scratch/printed")"
    printf 'env: {GREETING: hello}\n' >"$scratch/env"
    sed -i '/^env:/,$d' "$manifest"
    cat "$scratch/env" >>"$manifest"
    # From here on all is the session's work.
    start_as_printed one >"$scratch/log" 2>&1 || fail "$id: the first start: $(cat "$scratch/log")"
    as one sh -euc 'cd; umask 022; printf "[user]\n\tname = Me\n" >.gitconfig; mkdir -p .ssh; chmod 755 .ssh; echo k >.ssh/id_k; echo made >/opt/tool/file'
    as one envkeep-new restore >"$scratch/log" 2>&1 || fail "$id: restore: $(cat "$scratch/log")"
    as one envkeep-new snapshot >"$scratch/log" 2>&1 || fail "$id: snapshot: $(cat "$scratch/log")"
    forget_container one

    new_container two
    prepare two
    start_as_printed two >"$scratch/server" 2>"$scratch/log" || fail "$id: the start: $(cat "$scratch/log")"
    expect "$id: git's settings are there" as two grep -q 'name = Me' "$home/.gitconfig"
    mode=600
    [ "$id" != kaggle ] || mode=''
    expect_equal "$id: the key has its mode, or was not kept" "$mode" "$(as two stat -L -c %a "$home/.ssh/id_k" 2>/dev/null || :)"
    as two envkeep-new wait >/dev/null 2>&1 || fail "$id: wait"
    expect_equal "$id: what was installed is there" made "$(as two cat /opt/tool/file)"
    if [ "$use" != lifecycle-script ]; then
        expect "$id: the server has the variables" grep -qx GREETING=hello "$scratch/server"
    fi
    as two envkeep-new status >"$scratch/status" 2>&1 || :
    expect "$id: status names it" grep -q "^platform *$title" "$scratch/status"
    expect "$id: and knows of the start" sh -c "grep -q 'the start line ran' '$scratch/status' && ! grep -q not-run '$scratch/status'"
    expect "$id: nothing is left to do" as two envkeep-new verify
    forget_container two
    [ "$id" != colab ] || umount -l "$store"
}

prepare_image
here=0
while read -r id name folder uid home mark use first_keep; do
    [ -n "$id" ] || continue
    [ -z "${ENVKEEP_PLATFORM-}" ] || [ "$id" = "$ENVKEEP_PLATFORM" ] || continue
    title=${name//_/ }
    if [ "$id" = colab ] && [ ! -c /dev/fuse ]; then
        echo 'left out: colab, since this machine has no /dev/fuse'
        continue
    fi
    one_platform
    here=$((here + 1))
done <<<"$platforms"
finish "$here platforms, two sessions each"
