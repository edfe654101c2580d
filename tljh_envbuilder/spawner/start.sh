# Started as: /bin/sh -c <this text> start REPOSITORY HOME NAME COMMIT FILES OWNER COMMAND...
# Brings what is in REPOSITORY to HOME/NAME, then runs COMMAND in HOME. FILES is "copy" (once for
# each commit), "read-only" (a link) or "none". With OWNER "own", HOME must be our user's.

repository=$1
home=$2
folder=$2/$3
notes=$2/.local/share/tljh-envbuilder/$3
mark=$notes/$4
# Other servers of the same user may do this at the same time; each container has its own name.
partial=$notes/partial-${HOSTNAME:-here}
files=$5
owner=$6
shift 6

# Nobody can work in what is another's: the spawner sees to that, and starts anew.
if [ "$owner" = own ] && [ -d "$home" ] && [ ! -O "$home" ]; then
    exit 73
fi

# Copies what is in $1 and not yet in $2; what is there is the user's and stays as it is.
# Each copy is made elsewhere and then moved, so that no file is ever left half written.
add_missing() {
    failed=0
    for source in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        target=$2/${source##*/}
        if [ ! -e "$source" ] && [ ! -L "$source" ]; then
            continue # a pattern that nothing matches
        elif [ -d "$source" ] && [ ! -L "$source" ] && [ -d "$target" ] && [ ! -L "$target" ]; then
            (add_missing "$source" "$target") || failed=1
        elif [ ! -e "$target" ] && [ ! -L "$target" ]; then
            cp -RP "$source" "$partial" && mv "$partial" "$target" || failed=1
            rm -rf "$partial"
        fi
    done
    return $failed
}

# The mark keeps what a user deletes from coming back at the next start; without the folder, there
# is nothing that could come back.
if [ ! -d "$repository" ]; then
    :
elif [ "$files" = copy ] && ! { [ -e "$mark" ] && [ -d "$folder" ]; }; then
    [ ! -L "$folder" ] || rm -f "$folder" # the link of a time when there was no copy
    if mkdir -p "$folder" "$notes" && rm -rf "$partial" && add_missing "$repository" "$folder"; then
        : >"$mark"
    else
        echo "Warning: not all files of the repository could be copied to $folder." >&2
    fi
elif [ "$files" = read-only ] && [ ! -e "$folder" ] && [ ! -L "$folder" ]; then
    ln -s "$repository" "$folder" || echo "Warning: $folder could not be made." >&2
fi

cd "$home" || echo "Warning: $home cannot be entered." >&2
exec "$@"
