# SPDX-License-Identifier: MIT
include(CTest)

set(ENVKEEP_IMAGES_DIR $ENV{ENVKEEP_IMAGES_DIR})
if(NOT ENVKEEP_IMAGES_DIR)
    set(ENVKEEP_IMAGES_DIR ${PROJECT_SOURCE_DIR}/build/images)
endif()

# envkeep_test(<name> SOURCES <files>... [APART <files>...] [USES <rooms>...] [LINK <targets>...]
#              [EACH_CASE <regular expression>] [COUNTED <regular expression>] [LONG <regular expression>])
#
# Makes the GoogleTest program <name>_test; ctest knows its suites as <name>.<Suite>, and of those that fit
# EACH_CASE the cases as <name>.<Suite>.<Case>, and none of those that fit COUNTED (cmake/DiscoverSuites.cmake says
# why). Its files are joined by 32, as those of rooms by 64 (ENVKEEP_UNITY), but for those APART, whose names are also
# those of others.
# Headers of tests/support are found as "support/x.hpp", files of tests/ below ENVKEEP_TESTS_DIR.
function(envkeep_test name)
    cmake_parse_arguments(PARSE_ARGV 1 test "" "EACH_CASE;COUNTED;LONG" "SOURCES;APART;USES;LINK")
    set(target ${name}_test)
    add_executable(${target} ${test_SOURCES})
    if(ENVKEEP_UNITY)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 32)
        set_source_files_properties(${test_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
    target_link_libraries(${target} PRIVATE
        envkeep_options ${test_LINK} third_party::rapidcheck
        GTest::gmock GTest::gtest GTest::gmock_main)
    envkeep_test_settings(${target} ${test_USES})
    envkeep_precompile(${target} envkeep_test_headers)
    if(EXISTS ${PROJECT_SOURCE_DIR}/tests/support/CMakeLists.txt)
        target_link_libraries(${target} PRIVATE envkeep_support)
    endif()
    set(discovered ${CMAKE_CURRENT_BINARY_DIR}/${target}.suites.cmake)
    add_custom_command(TARGET ${target} POST_BUILD
        COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:${target}> -D PREFIX=${ENVKEEP_TEST_PREFIX}${name}.
            -D OUTPUT=${discovered} "-DEACH_CASE=${test_EACH_CASE}" "-DCOUNTED=${test_COUNTED}" "-DLONG=${test_LONG}"
            -P ${PROJECT_SOURCE_DIR}/cmake/DiscoverSuites.cmake
        BYPRODUCTS ${discovered} ${discovered}.cases
        VERBATIM)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${target}.tests.cmake
        "if(EXISTS [==[${discovered}]==])\n    include([==[${discovered}]==])\nelse()\n"
        "    add_test(${ENVKEEP_TEST_PREFIX}${name} ${target}_is_not_built)\nendif()\n")
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${CMAKE_CURRENT_BINARY_DIR}/${target}.tests.cmake)
endfunction()

# envkeep_test_library(<name> SOURCES <files>... [USES <rooms>...] [LINK <targets>...])
#
# Makes envkeep_<name>, a library for tests only: fakes, builders, matchers.
function(envkeep_test_library name)
    cmake_parse_arguments(PARSE_ARGV 1 library "" "" "SOURCES;USES;LINK")
    add_library(envkeep_${name} STATIC ${library_SOURCES})
    target_link_libraries(envkeep_${name}
        PRIVATE envkeep_options
        PUBLIC ${library_LINK} GTest::gmock GTest::gtest)
    envkeep_test_settings(envkeep_${name} ${library_USES})
    envkeep_precompile(envkeep_${name} envkeep_test_headers)
endfunction()

function(envkeep_test_settings target)
    target_include_directories(${target} PUBLIC
        ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/agent ${PROJECT_SOURCE_DIR}/tests)
    target_compile_definitions(${target} PUBLIC
        ENVKEEP_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests"
        ENVKEEP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${target} PUBLIC third_party::expected third_party::fmt)
    envkeep_use_rooms(${target} PUBLIC ${ARGN})
endfunction()

# envkeep_script_test(<name> COMMAND <command>... [TIMEOUT <seconds>])
#
# Runs a script against the built program, whose path it finds in ENVKEEP_PROGRAM. Root images are
# in ENVKEEP_IMAGES_DIR (made by tests/images.sh, as a test before), files for one run belong in ENVKEEP_SCRATCH_DIR.
function(envkeep_script_test name)
    cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT" "COMMAND")
    if(NOT test_TIMEOUT)
        set(test_TIMEOUT 300)
    endif()
    set(name ${ENVKEEP_TEST_PREFIX}${name})
    add_test(NAME ${name} COMMAND ${test_COMMAND})
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${test_TIMEOUT}
        LABELS program
        COST 1000  # first: what is left at the end, where a core may have nothing else, is short
        FIXTURES_REQUIRED images
        ENVIRONMENT "ENVKEEP_PROGRAM=$<TARGET_FILE:envkeep>;ENVKEEP_IMAGES_DIR=${ENVKEEP_IMAGES_DIR};\
ENVKEEP_SCRATCH_DIR=${PROJECT_BINARY_DIR}/scratch/${name};ENVKEEP_BUILD_DIR=${PROJECT_BINARY_DIR}")
endfunction()

# envkeep_fuzzer(<name> SOURCES <files>... [USES <rooms>...] [LINK <targets>...] [RUNS <count>])
#
# The sources define LLVMFuzzerTestOneInput. With preset `fuzz` this makes <name>_fuzzer, which
# searches for ENVKEEP_FUZZ_SECONDS as a test. Otherwise Clang makes a test that takes the inputs kept
# in tests/data/fuzz/<name>, of which there must be some, and changes them at random, the same way
# each time, up to RUNS inputs in all; any other compiler one that takes the inputs alone. Those of all
# are one program where files are joined (ENVKEEP_UNITY): 25 took two minutes to compile and link.
function(envkeep_fuzzer name)
    cmake_parse_arguments(PARSE_ARGV 1 fuzzer "" "RUNS" "SOURCES;USES;LINK")
    set(target ${name}_fuzzer)
    set(seeds ${PROJECT_SOURCE_DIR}/tests/data/fuzz/${name})
    if(NOT fuzzer_RUNS)
        set(fuzzer_RUNS 3000)
    endif()
    if(ENVKEEP_UNITY AND NOT ENVKEEP_FUZZERS)
        set(target all_fuzzers)
        envkeep_join_fuzzer(${name} ${fuzzer_SOURCES})
    else()
        add_executable(${target} ${fuzzer_SOURCES})
        envkeep_precompile(${target} envkeep_common_headers)
    endif()
    target_link_libraries(${target} PRIVATE envkeep_watched envkeep_given ${fuzzer_LINK})
    envkeep_test_settings(${target} ${fuzzer_USES})
    if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        set(found ${CMAKE_CURRENT_BINARY_DIR}/found/${name}/)
        file(MAKE_DIRECTORY ${found}inputs)
        # Where nothing counts what is reached, the inputs alone are what it starts from.
        set(bound -runs=${fuzzer_RUNS} -seed=1 -keep_seed=1 -timeout=120)
        if(ENVKEEP_FUZZERS)
            set(bound -max_total_time=${ENVKEEP_FUZZ_SECONDS} -timeout=10 -print_final_stats=1)
        endif()
        list(APPEND bound -rss_limit_mb=2048 -artifact_prefix=${found} ${found}inputs)
    else()
        target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cpp)
        set(bound "")
    endif()
    set(test ${ENVKEEP_TEST_PREFIX}fuzz.${name})
    add_test(NAME ${test} COMMAND ${target} ${bound} ${seeds})
    set_tests_properties(${test} PROPERTIES ENVIRONMENT ENVKEEP_FUZZER=${name})
    if(NOT ENVKEEP_FUZZERS)
        set_tests_properties(${test} PROPERTIES LABELS unit TIMEOUT 300)
    endif()
endfunction()

# Adds a fuzzer to the program of all, which takes the one that ENVKEEP_FUZZER names.
function(envkeep_join_fuzzer name)
    set(joined ${CMAKE_CURRENT_BINARY_DIR}/joined_fuzzers)
    if(NOT TARGET all_fuzzers)
        add_executable(all_fuzzers ${PROJECT_SOURCE_DIR}/tests/fuzz/all_fuzzers.cpp)
        target_include_directories(all_fuzzers PRIVATE ${joined})
        envkeep_precompile(all_fuzzers envkeep_common_headers)
    endif()
    set_property(GLOBAL APPEND PROPERTY ENVKEEP_JOINED_FUZZERS ${name})
    set(sources "")
    set(table "")
    get_property(names GLOBAL PROPERTY ENVKEEP_JOINED_FUZZERS)
    foreach(one IN LISTS names)
        string(APPEND sources "#define LLVMFuzzerTestOneInput ${one}_fuzzer\n"
            "#include \"fuzz/${one}_fuzzer.cpp\"\n#undef LLVMFuzzerTestOneInput\n")
        string(APPEND table "    Fuzzer{\"${one}\", ${one}_fuzzer},\n")
    endforeach()
    file(CONFIGURE OUTPUT ${joined}/joined_fuzzers.inc CONTENT "${sources}")
    file(CONFIGURE OUTPUT ${joined}/fuzzer_table.inc CONTENT "${table}")
endfunction()
