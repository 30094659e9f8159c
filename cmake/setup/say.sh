# How the setup speaks: one plain line a thing, with the time since the start. Everything is for
# the eye, so all of it goes to stderr; a failure ends with a sentence that says what to do.

say() { printf '%3d:%02d  %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2; }

# die WHAT REMEDY
die() {
  printf '\nerror: %s\n       %s\n' "$1" "$2" >&2
  exit 1
}

# watched TEXT LOG COMMAND…: runs the command with its output in LOG, and shows that time passes.
# The command stays in the foreground, so that Ctrl-C reaches it.
watched() {
  local text=$1 log=$2 ticker status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$text"
  _tick 9>&- &
  ticker=$!
  # shellcheck disable=SC2064  # the ticker of this call
  trap "kill $ticker 2>/dev/null" EXIT
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null
  wait "$ticker" 2>/dev/null
  trap - EXIT
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
  return "$status"
}

# On a terminal a clock that runs; in a log a line every half minute. The sleep is cut off from all
# that others may wait for, since it can outlive the clock by a second.
_tick() {
  local seconds=0
  while sleep 1 >/dev/null 2>&1 9>&-; do
    seconds=$((seconds + 1))
    if [ -t 2 ]; then
      printf '\r%3d:%02d  …' $((SECONDS / 60)) $((SECONDS % 60)) >&2
    elif [ $((seconds % 30)) = 0 ]; then
      say '…'
    fi
  done
}

# show_end LOG: the last lines of a log, for the failure that follows.
show_end() {
  printf '\n--- the end of %s\n' "$1" >&2
  tail -n 20 "$1" >&2
}

# Whether a log tells of a network that does not answer, as apt-get or pip put it.
log_says_offline() {
  grep -qFf - "$@" 2>/dev/null <<'END'
Temporary failure
Could not resolve
Name or service not known
Network is unreachable
No route to host
Unable to connect
Connection refused
NewConnectionError
ConnectTimeout
Read timed out
END
}

# need_space FOLDER MEGABYTES WHAT: stops where the disk is too full for it.
need_space() {
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$2" ] && return
  die "Not enough disk space for $3: it needs $2 MB, and $1 has $free MB free." \
    "Free some space, or clone onto a larger disk."
}
