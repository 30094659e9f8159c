#!/usr/bin/env bash
# Follows a page: runs every command of its ```console blocks, in order, in one shell and an empty
# folder, and compares what is printed with what the page shows. A line … stands for any lines;
# numbers, sizes, hashes and times may differ. Blocks marked ```console needs-engine are run where
# this build has the engine.
#   run_page.sh PAGE.md FOLDER TRAINBUS with-engine|without-engine
set -uo pipefail
page=$(realpath "$1") folder=$2 engine=$4
export TRAINBUS=$3 HOME=$folder COLUMNS=80 LC_ALL=C.UTF-8
unset XDG_DATA_HOME TRAINBUS_PLUGIN_PATH CMAKE_PREFIX_PATH CMAKE_GENERATOR
rm -rf "$folder" && mkdir -p "$folder" && cd "$folder" || exit 1

masked() {
  sed -E -e "s|$folder|HERE|g; s|$TRAINBUS|TRAINBUS|g" \
    -e 's/[0-9a-f]{64}/HASH/g; s/(gcc|clang) .*/COMPILER/; s/^( *libraries).*/\1/' \
    -e 's/-?[0-9]+([.,][0-9]+)*(e[-+]?[0-9]+)?/N/g; s/N (ns|µs|ms|s|bytes|kB|MB)\b/N/g' \
    -e 's/ +/ /g; s/ $//'
}

# The expected lines as a pattern of the shell.
pattern() {
  local line
  while IFS= read -r line; do
    if [ "$line" = … ]; then printf '*'; else sed 's/[][\\*?]/\\&/g' <<<"$line"; fi
  done
}

commands=0
# follow COMMAND EXPECTED: runs one command and looks at its output.
follow() {
  [ -n "$1" ] || return 0
  commands=$((commands + 1))
  echo "\$ $1"
  eval "$1" >"$folder/.output" 2>&1 </dev/null
  local status=$? found wanted
  found=$(masked <"$folder/.output") wanted=$(masked <<<"$2" | pattern)
  if [ $status -ne 0 ]; then
    cat "$folder/.output"
    echo "the page's command ended with $status" && exit 1
  fi
  # shellcheck disable=SC2053  # a pattern, on purpose
  if [ -n "$2" ] && [[ $found != $wanted ]]; then
    printf '%s\n' "$found" "---- the page shows:" "$wanted" "the output differs from the page"
    exit 1
  fi
}

mode=text command='' expected=''
while IFS= read -r line; do
  case $mode:$line in
  text:'```console needs-engine') [ "$engine" = with-engine ] && mode=block || mode=skipped ;;
  text:'```console') mode=block ;;
  skipped:'$ '*) echo "left out, since it needs the engine: ${line#'$ '}" ;;
  skipped:'```') mode=text ;;
  block:'$ '*)
    follow "$command" "$expected"
    command=${line#'$ '} expected='' ;;
  block:'```')
    follow "$command" "$expected"
    mode=text command='' expected='' ;;
  block:*) expected+=${expected:+$'\n'}$line ;;
  esac
done <"$page"
[ $commands -gt 0 ] || { echo "there is no command on $page"; exit 1; }
echo "$commands commands did what the page says"
