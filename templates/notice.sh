# envkeep: shows once, in the first terminal, what the start of this session had to say.
if [ -s @NOTICE@ ] && [ -t 2 ]; then
    cat @NOTICE@ >&2 && mv -f @NOTICE@ @NOTICE@.shown 2>/dev/null || :
fi
