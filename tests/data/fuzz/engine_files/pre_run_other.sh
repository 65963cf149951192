6. /old/envkeep/hook.sh # envkeep
exit 0
