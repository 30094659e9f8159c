# LibTorch from a torch wheel (or a LibTorch zip) as plain imported targets. Needs no CUDA toolkit.
#   in : LibTorch_ROOT = the torch/ folder; if unset, the Python on PATH is asked (without importing torch)
#   out: LibTorch::cpu   headers + torch_cpu + c10; what everything links
#        LibTorch::cuda  adds c10_cuda + torch_cuda; only when their NVIDIA libraries can be found
#        LibTorch_VERSION, LibTorch_LIBRARY_DIR
if(NOT LibTorch_ROOT AND NOT DEFINED ENV{LibTorch_ROOT})
  find_package(Python3 QUIET COMPONENTS Interpreter)
  if(Python3_FOUND)
    execute_process(
      COMMAND "${Python3_EXECUTABLE}" -c
              "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
      OUTPUT_VARIABLE LibTorch_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
find_path(LibTorch_INCLUDE_DIR ATen/ATen.h HINTS "${LibTorch_ROOT}" PATH_SUFFIXES include NO_CMAKE_SYSTEM_PATH)
find_library(LibTorch_cpu_LIBRARY torch_cpu HINTS "${LibTorch_ROOT}" PATH_SUFFIXES lib NO_CMAKE_SYSTEM_PATH)
find_library(LibTorch_c10_LIBRARY c10 HINTS "${LibTorch_ROOT}" PATH_SUFFIXES lib NO_CMAKE_SYSTEM_PATH)
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_cpu_LIBRARY LibTorch_c10_LIBRARY)
if(LibTorch_INCLUDE_DIR)
  foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS "${LibTorch_INCLUDE_DIR}/${header}")
      file(STRINGS "${LibTorch_INCLUDE_DIR}/${header}" line REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
      if(line)
        string(REGEX REPLACE "[^0-9]*([0-9]+)[^0-9]+([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2.\\3" LibTorch_VERSION "${line}")
        break()
      endif()
    endif()
  endforeach()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_cpu_LIBRARY LibTorch_c10_LIBRARY LibTorch_INCLUDE_DIR VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "Install the torch wheel, or pass -DLibTorch_ROOT=<the torch/ folder>.")
if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  get_filename_component(LibTorch_LIBRARY_DIR "${LibTorch_cpu_LIBRARY}" DIRECTORY)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION "${LibTorch_c10_LIBRARY}")
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION "${LibTorch_cpu_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES
      "${LibTorch_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"   # imported: these are -isystem
    INTERFACE_COMPILE_FEATURES cxx_std_17
    INTERFACE_LINK_LIBRARIES LibTorch::c10)
  set(cuda "${LibTorch_LIBRARY_DIR}/libtorch_cuda.so")
  if(EXISTS "${cuda}")
    execute_process(COMMAND ldd "${cuda}" OUTPUT_VARIABLE deps ERROR_QUIET)
    string(REGEX MATCHALL "[^ \t\n]+ => not found" missing "${deps}")
    if(missing)
      message(STATUS "LibTorch: CPU only, libtorch_cuda.so lacks: ${missing}")
    else()
      add_library(LibTorch::cuda INTERFACE IMPORTED)
      # One item, so no linker default (Ubuntu: --as-needed) can drop the library whose loading registers CUDA.
      set_target_properties(LibTorch::cuda PROPERTIES INTERFACE_LINK_LIBRARIES
        "LibTorch::cpu;-Wl,--push-state,--no-as-needed,${cuda},${LibTorch_LIBRARY_DIR}/libc10_cuda.so,--pop-state")
    endif()
  endif()
endif()
