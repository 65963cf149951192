#!/bin/bash
# envkeep: lifecycle configuration of SageMaker, for each start. Of a notebook instance it runs as root.
hook=@HOOK@
if [ "$(id -u)" = 0 ]; then
    sudo -H -u ec2-user sh -c '[ ! -r "$1" ] || . "$1"' sh "$hook"
else
    sh -c '[ ! -r "$1" ] || . "$1"' sh "$hook"
fi
exit 0
