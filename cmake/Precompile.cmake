# SPDX-License-Identifier: MIT
# The headers that nearly every file includes, compiled once for all rooms and once for all tests.

# envkeep_precompile(<target> <owner>): <target> takes the headers that <owner> compiled.
function(envkeep_precompile target owner)
    if(ENVKEEP_PRECOMPILE)
        target_precompile_headers(${target} REUSE_FROM ${owner})
    endif()
endfunction()

# An empty library that owns compiled headers, with the options of those who will take them.
function(envkeep_compiled_headers owner options)
    set(source ${PROJECT_BINARY_DIR}/generated/${owner}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "// Generated.\n")
    add_library(${owner} STATIC ${source})
    target_link_libraries(${owner} PRIVATE
        ${options} third_party::expected third_party::fmt)
    target_precompile_headers(${owner} PRIVATE ${ARGN})
endfunction()

if(ENVKEEP_PRECOMPILE)
    set(common <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <span> <string>
        <string_view> <utility> <variant> <vector> <fmt/format.h> <tl/expected.hpp>)
    envkeep_compiled_headers(envkeep_common_headers envkeep_watched ${common})
    if("unit" IN_LIST ENVKEEP_TEST_KINDS)
        envkeep_compiled_headers(envkeep_test_headers envkeep_options
            ${common} <gmock/gmock.h> <gtest/gtest.h>)
        target_link_libraries(envkeep_test_headers PRIVATE GTest::gmock GTest::gtest)
    endif()
endif()
