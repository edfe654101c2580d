# Started as: /bin/sh -c <this text> start REPOSITORY HOME NAME COMMIT COMMAND...
# Copies what is in REPOSITORY to HOME/NAME, once for each commit, then runs COMMAND in HOME.

repository=$1
home=$2
folder=$2/$3
notes=$2/.local/share/tljh-envbuilder/$3
mark=$notes/$4
# Other servers of the same user may do this at the same time; each container has its own name.
partial=$notes/partial-${HOSTNAME:-here}
shift 4

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
if [ -d "$repository" ] && ! { [ -e "$mark" ] && [ -d "$folder" ]; }; then
    if mkdir -p "$folder" "$notes" && rm -rf "$partial" && add_missing "$repository" "$folder"; then
        : >"$mark"
    else
        echo "Warning: not all files of the repository could be copied to $folder." >&2
    fi
fi

cd "$home" || echo "Warning: $home cannot be entered." >&2
exec "$@"
