# What tests/run.sh --sanitize does; sourced by it.

sanitize_folder=$root/tests/sanitize

# A deliberate crash must stay its signal, for those who wait for it.
signals=handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0
# No fake stacks (detect_stack_use_after_return): GCC 12 puts them on borders of 32 bytes, and vectors
# of 64 bytes then crash. No interception of __tls_get_addr: up to GCC 13 it can take what lies before
# a thread's variables for an old glibc's header, and the leak check then dies by signal 11.
export ASAN_OPTIONS="$signals:detect_stack_use_after_return=0:intercept_tls_get_addr=0:strict_init_order=1"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:suppressions=$sanitize_folder/undefined.txt"
export LSAN_OPTIONS="suppressions=$sanitize_folder/leaks.txt:print_suppressions=0"
export TSAN_OPTIONS="$signals:second_deadlock_stack=1:ignore_noninstrumented_modules=1"

# What builds or loads a program without the sanitizer, looks at what its object files define, or
# changes from stack to stack.
not_sanitized='^(consumer|sdk_page|sdk_new_plugin.*|abi_template|kernels_isolation_test|cuda_on_cpu_test)$'

clang=(-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++)

# OpenMP synchronises by means that ThreadSanitizer does not see; LLVM's has a tool that tells it.
use_archer() {
  local library
  library=$(realpath "$(clang -print-resource-dir)/../../libarcher.so")
  [ -f "$library" ] ||
    die "LLVM's OpenMP has no libarcher.so beside clang (expected $library)." \
      "Let root run:  apt-get install libomp-dev"
  export OMP_TOOL_LIBRARIES=$library
}

# sanitize NAME CTEST-OPTION…
sanitize() {
  local folder options=(-DTRAINBUS_TESTS=ON -DTRAINBUS_PRECOMPILE=OFF -DTRAINBUS_SANITIZE="$1") targets=(all)
  case $1 in
    address)
      folder=$root/build-asan
      options+=(-DTRAINBUS_ENGINE=ON -DLibTorch_ROOT="$torch_root"
        -DTRAINBUS_PYTHON="$deps/python/bin/python")
      ;;
    thread)
      folder=$root/build-tsan
      options+=(-DTRAINBUS_ENGINE=OFF "${clang[@]}")
      use_archer
      ;;
    fuzzer)
      folder=$root/build-fuzz
      options+=(-DTRAINBUS_ENGINE=OFF "${clang[@]}")
      targets=(tests/fuzz/all)
      ;;
    *) die "There is no sanitizer '$1'." "Name address, thread or fuzzer, or none to run all." ;;
  esac
  say "sanitizer: $1"
  shift
  lock_tree
  configure "$folder" "${options[@]}"
  build "$folder" "${targets[@]}"
  unlock_tree
  if [ "${targets[0]}" != all ]; then set -- -L '^fuzz$' "$@"; fi
  ctest --test-dir "$folder" --output-on-failure --no-tests=error -E "$not_sanitized" "$@"
}

# sanitize_all NAMES CTEST-OPTION…: each in turn, though one failed.
sanitize_all() {
  local name names=$1 failed=()
  shift
  for name in $names; do
    sanitize "$name" "$@" || failed+=("$name")
  done
  [ ${#failed[@]} = 0 ] ||
    die "Failed with the sanitizer: ${failed[*]}." "The tests' output above says where."
}
