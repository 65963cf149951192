#!/bin/bash
# envkeep: lifecycle configuration of SageMaker, for each start. Of a notebook instance it runs as root.
hook=@HOOK@
start='
    for i in 1 2 3 4 5; do [ -r "$1" ] || sleep 1; done
    if [ -r "$1" ]; then . "$1"; else echo "envkeep: $1 is not there: is the store mounted?" >&2; fi
'
if [ "$(id -u)" = 0 ]; then
    sudo -H -u ec2-user sh -c "$start" sh "$hook"
else
    sh -c "$start" sh "$hook"
fi
exit 0
