# Configure and build with CMake and Ninja. ccache is found by the project itself.

# configure FOLDER ARGUMENT…
configure() {
  local folder=$1 log
  log="$deps/log/configure-$(basename "$folder").log"
  shift
  # LibTorch is found anew each time, so that another TRAINBUS_TORCH is believed.
  watched "configuring $(_shown "$folder")" "$log" cmake -S "$root" -B "$folder" -G Ninja \
    -U 'LibTorch_*' "$@" || {
    show_end "$log"
    die "CMake could not configure the build." \
      "See the lines above; after a change of compiler or machine, remove $folder first."
  }
  _tell_cuda "$folder"
}

_shown() { echo "${1#"$root/"}"; }

_tell_cuda() {
  local compiler
  grep -q '^TRAINBUS_ENGINE:BOOL=ON' "$1/CMakeCache.txt" || return 0
  grep -q '^CMAKE_CUDA_COMPILER' "$1/CMakeCache.txt" || return 0
  compiler=$(sed -n 's/^CMAKE_CUDA_COMPILER:[A-Z]*=//p' "$1/CMakeCache.txt")
  case $compiler in
    '' | *NOTFOUND) say "CUDA part: left out, no nvcc here (nothing needs it)" ;;
    *) say "CUDA part: built with $compiler" ;;
  esac
}

# build FOLDER TARGET…
build() {
  local folder=$1 jobs
  shift
  jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-$(_jobs)}
  say "building $(_shown "$folder"), $jobs at a time"
  cmake --build "$folder" --parallel "$jobs" --target "$@" >&2 ||
    die "The build failed; the first error above says where." \
      "If the compiler was killed, memory ran out: set CMAKE_BUILD_PARALLEL_LEVEL=1."
  say "built"
}

# A core each, but no more than memory allows: a file that includes LibTorch takes up to 1.3 GB.
_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1300000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}
