# Python packages for the tests. The normal tests open our files with safetensors, tokenizers and
# TensorBoard. `tests/run.sh --peers` makes .deps/peers, a second environment with all the programs
# that our files are meant for.

peer_packages=(transformers==5.23.0 pandas==3.1.1 gguf==0.19.0 "${test_packages[@]}")
# What torch 2.11.0 imports; without its NVIDIA libraries, triton and cuda-bindings (2.7 GB).
torch_imports=(filelock typing-extensions 'setuptools<82' sympy networkx jinja2 fsspec)

setup_test_packages() {
  install_exactly "$deps/python" "packages for the tests: about 45 MB to download, once" 300 \
    "${test_packages[@]}"
  say "packages for the tests: ready"
}

setup_peers() {
  local folder=$deps/peers missing
  make_environment "$folder"
  mapfile -t missing < <(missing_from "$folder" "${peer_packages[@]}")
  if [ "${#missing[@]}" -gt 0 ]; then
    pip_install "$folder" "transformers, TensorBoard, pandas: about 130 MB to download, once" 700 \
      "${torch_imports[@]}" "${peer_packages[@]}"
  fi
  _peer_torch "$folder"
  say "peers: ready"
}

# The wheel's Python half does not load without libtorch_cuda, and that needs thirteen NVIDIA
# libraries even where no GPU is. A CUDA 13.0 toolkit that ldconfig knows has most of them; only
# those that the loader does not find are installed: on disk 0.4 GB beside a toolkit, 2.5 GB where
# there is none.
_peer_torch() {
  local folder=$1 site missing
  site=$(site_packages "$folder")
  [ ! -e "$folder/torch-$torch_version-imports" ] || return 0
  if [ ! -f "$site/torch-$torch_version.dist-info/INSTALLER" ] && ! _link_torch "$site"; then
    install_exactly "$folder" "PyTorch $torch_version for the peers" 2500 "torch==$torch_version"
  fi
  # In rounds, since a library that a wheel brings may need the next.
  for _ in 1 2 3; do
    mapfile -t missing < <(ldd "$site"/torch/lib/libtorch_cuda{,_linalg}.so |
      awk '/not found/ { print $1 }' | sort -u | _nvidia_wheels | sort -u)
    [ "${#missing[@]}" -gt 0 ] || break
    install_exactly "$folder" \
      "NVIDIA libraries, which PyTorch loads even for the CPU: ${missing[*]}" 5000 "${missing[@]}"
  done
  if ! "$folder/bin/python" -c 'import torch, transformers; torch.ones(2) @ torch.ones(2)' \
    >"$deps/log/peers.log" 2>&1; then
    show_end "$deps/log/peers.log"
    die "PyTorch does not work in $folder." "Remove that folder and run this again."
  fi
  touch "$folder/torch-$torch_version-imports"
}

# The torch of .deps/python again without its 1.2 GB: hard links, so that it finds NVIDIA's wheels
# beside itself (its libraries look there, relative to where they lie).
_link_torch() {
  local from name
  from=$(site_packages "$deps/python")
  [ -f "$from/torch-$torch_version.dist-info/INSTALLER" ] || return 1
  [ -f "$from/torch/lib/libtorch_cuda.so" ] || return 1
  for name in torch torchgen functorch "torch-$torch_version.dist-info"; do
    rm -rf "${1:?}/$name"
    cp -al "$from/$name" "$1/" 2>/dev/null || return 1
  done
}

# Library names on stdin, the wheels that hold them on stdout: the pins of torch 2.11.0.
_nvidia_wheels() {
  sed -nE \
    -e 's/^libcudart\..*/nvidia-cuda-runtime==13.0.96/p' \
    -e 's/^libcupti\..*/nvidia-cuda-cupti==13.0.85/p' \
    -e 's/^libcublas(Lt)?\..*/nvidia-cublas==13.1.0.3/p' \
    -e 's/^libcudnn\..*/nvidia-cudnn-cu13==9.19.0.56/p' \
    -e 's/^libcufft\..*/nvidia-cufft==12.0.0.61/p' \
    -e 's/^libcufile\..*/nvidia-cufile==1.15.1.6/p' \
    -e 's/^libcurand\..*/nvidia-curand==10.4.0.35/p' \
    -e 's/^libcusolver\..*/nvidia-cusolver==12.0.4.66/p' \
    -e 's/^libcusparse\..*/nvidia-cusparse==12.6.3.3/p' \
    -e 's/^libcusparseLt\..*/nvidia-cusparselt-cu13==0.8.0/p' \
    -e 's/^libnccl\..*/nvidia-nccl-cu13==2.28.9/p' \
    -e 's/^libnvJitLink\..*/nvidia-nvjitlink==13.0.88/p' \
    -e 's/^libnvshmem_host\..*/nvidia-nvshmem-cu13==3.4.5/p'
}
