# SPDX-License-Identifier: MIT
# How to build, never what: build type, ccache, the linking of the program, the kinds of tests.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Debug CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()

option(ENVKEEP_STATIC "Link the program as one static, position independent file" OFF)
set(ENVKEEP_SANITIZERS "" CACHE STRING "Sanitizers, such as 'address,undefined'")
# A third off the time of a build from nothing. Off where caches are shared between build folders,
# and for clang-tidy, which cannot read another compiler's.
option(ENVKEEP_PRECOMPILE "Compile the common headers once" OFF)
# Compiles the files of a room sixteen at a time, in a fifth of the time: for a build from nothing. While one
# edits, file by file is faster, and proves that each file includes what it uses.
option(ENVKEEP_UNITY "Compile several files of a room as one" OFF)
option(ENVKEEP_COVERAGE "Count executed lines" OFF)
option(ENVKEEP_FUZZERS "Build the fuzzers (Clang)" OFF)
set(ENVKEEP_FUZZ_SECONDS 60 CACHE STRING "How long each fuzzer searches")
set(ENVKEEP_TEST_KINDS "unit;program" CACHE STRING
    "unit: tests of the rooms; program: tests that run the built program")
set(ENVKEEP_TEST_PREFIX "" CACHE STRING "Goes before the name of each test")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(ENVKEEP_CCACHE ccache)
if(ENVKEEP_CCACHE)
    foreach(language IN ITEMS C CXX)
        if(NOT CMAKE_${language}_COMPILER_LAUNCHER)
            set(CMAKE_${language}_COMPILER_LAUNCHER ${ENVKEEP_CCACHE})
            if(ENVKEEP_PRECOMPILE)
                list(PREPEND CMAKE_${language}_COMPILER_LAUNCHER
                    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros)
            endif()
        endif()
    endforeach()
endif()
