# What comes from the distribution: compiler, build tools, libraries. Nothing is contacted when all
# of it is there.

test_tools=()     # commands that only the tests need; package and command have one name
more_packages=()  # other packages that only some tests need

# The first Boost ≥ 1.81 that is installed, else the first that the distribution offers.
_boost_version() {
  local version
  for version in 1.81 1.83 1.88 1.90; do
    if _installed "libboost$version-dev"; then echo "$version"; return; fi
  done
  for version in 1.81 1.83 1.88 1.90; do
    if apt-cache policy "libboost$version-dev" 2>/dev/null | grep -q 'Candidate: [^(]'; then
      echo "$version"
      return
    fi
  done
  echo 1.81
}

_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Tools count as present wherever they come from, libraries when the distribution has them installed.
_missing_packages() {
  local boost package
  command -v c++ >/dev/null || echo g++
  command -v cmake >/dev/null || echo cmake
  command -v ninja >/dev/null || echo ninja-build
  command -v ccache >/dev/null || echo ccache
  command -v bzip2 >/dev/null || echo bzip2
  for package in "${test_tools[@]}"; do
    command -v "$package" >/dev/null || echo "$package"
  done
  [ -n "$(usable_python)" ] || printf '%s\n' python3 python3-venv
  boost=$(_boost_version)
  for package in "libboost$boost-dev" "libboost-program-options$boost-dev" \
    "libboost-json$boost-dev" "libboost-test$boost-dev" \
    libspdlog-dev libpcre2-dev libutf8proc-dev libjs-chart.js "${more_packages[@]}"; do
    _installed "$package" || echo "$package"
  done
}

# The prefix that makes a command run as root: nothing, or sudo; fails where there is neither.
_as_root() {
  [ "$(id -u)" = 0 ] && return
  command -v sudo >/dev/null || return 1
  # Without a terminal nobody can type a password.
  if [ -t 0 ] && [ -t 2 ]; then echo sudo; else sudo -n true 2>/dev/null && echo 'sudo -n'; fi
}

# _install_packages: what is missing, with apt-get.
_install_packages() {
  local packages prefix command log="$deps/log/apt.log"
  mapfile -t packages < <(_missing_packages)
  command="apt-get update && apt-get install --no-install-recommends ${packages[*]}"
  prefix=$(_as_root) ||
    die "Debian packages are missing, and only root or sudo may install them: ${packages[*]}" \
      "Let root run:  $command"
  need_space / 1200 "the Debian packages"
  if [ "$prefix" = sudo ]; then
    sudo -v || die "sudo refused." "Let root run:  $command"
  fi

  # A list that cannot be renewed is no reason to stop: the install that follows is the judge.
  # Which Boost there is can be told only after it.
  # shellcheck disable=SC2086  # the prefix is none, one or two words
  watched "system packages: asking what there is" "$log.update" $prefix apt-get update || true
  mapfile -t packages < <(_missing_packages)
  # shellcheck disable=SC2086
  watched "system packages: installing ${packages[*]}" "$log" \
    $prefix env DEBIAN_FRONTEND=noninteractive apt-get install -y \
    --no-install-recommends "${packages[@]}" && return
  if log_says_offline "$log" "$log.update"; then
    die "The Debian package servers could not be reached (the details are in $log)." \
      "Check the network (or the proxy in /etc/apt), then run this again."
  fi
  show_end "$log"
  die "apt-get could not install: ${packages[*]}" \
    "On Debian 12 all of them exist. Mend what the lines above name, then run this again."
}

setup_system() {
  _check_machine
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "system packages: not a Debian, so none are installed; CMake will name what it misses"
  elif [ -n "$(_missing_packages)" ]; then
    _install_packages
  fi
  _check_tools
  say "system packages: ready"
}

_check_machine() {
  local name=unknown
  if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    die "This is $(uname -s) on $(uname -m); trainbus and its PyTorch run on Linux on x86_64." \
      "Use an x86_64 Linux machine, best with Debian 12."
  fi
  # shellcheck disable=SC1091
  [ -r /etc/os-release ] && name=$(. /etc/os-release && echo "$PRETTY_NAME")
  case $name in
    'Debian GNU/Linux 12'*) ;;
    *) say "note: this is $name; trainbus is tested on Debian 12 only. Going on." ;;
  esac
}

# What an older distribution would only tell in pages of compiler output.
_check_tools() {
  local found
  if command -v g++ >/dev/null && [ -z "${CXX:-}" ]; then
    found=$(g++ -dumpversion)
    [ "${found%%.*}" -ge 12 ] || die "g++ is version $found; C++20 as used here needs 12 or newer." \
      "Install a newer one, name it in CXX (export CXX=g++-12), and run this again."
  fi
  found=$(cmake --version 2>/dev/null | awk 'NR == 1 { print $3 }')
  [ -n "$found" ] || die "cmake was not found." \
    "Install CMake 3.25 or newer and a C++20 compiler, then run this again."
  _at_least "$found" 3.25 || die "CMake is version $found; 3.25 or newer is needed." \
    "Put a newer cmake first on the PATH (pip install cmake has one), then run this again."
  command -v ninja >/dev/null || die "ninja was not found." "Install ninja, then run this again."
}

_at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }
