# Warnings are private to our targets: trainbus_warnings(target).
function(trainbus_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # GCC 12 warns falsely on string + (GCC bug 105651)
    $<$<BOOL:${TRAINBUS_WERROR}>:-Werror>)
endfunction()
