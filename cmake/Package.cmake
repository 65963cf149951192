# SPDX-License-Identifier: MIT
# The shipped form of the program: stripped, with its debug file beside it, and the archive.

# Leaves a stripped program in place, with its debug information in a file beside it.
function(envkeep_split_debug_file target)
    if(NOT ENVKEEP_STATIC)
        return()
    endif()
    add_custom_command(TARGET ${target} POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} --only-keep-debug $<TARGET_FILE:${target}>
                $<TARGET_FILE:${target}>.debug
        COMMAND ${CMAKE_STRIP} $<TARGET_FILE:${target}>
        COMMAND ${CMAKE_OBJCOPY} --add-gnu-debuglink=$<TARGET_FILE:${target}>.debug
                $<TARGET_FILE:${target}>
        BYPRODUCTS ${PROJECT_BINARY_DIR}/${target}.debug
        VERBATIM)
endfunction()

# Makes envkeep-VERSION-linux-ARCH.tar.gz, SHA256SUMS and the manual page with every build of the static program.
function(envkeep_package target)
    if(NOT ENVKEEP_STATIC)
        return()
    endif()
    set(name envkeep-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
    # Packed anew by each build: its bytes follow from the readme, the notices and the last commit's date
    # too, and packing takes a second.
    add_custom_target(package_release ALL
        COMMAND ${PROJECT_SOURCE_DIR}/cmake/package.sh
                $<TARGET_FILE:${target}> ${name} ${PROJECT_BINARY_DIR}
        BYPRODUCTS ${PROJECT_BINARY_DIR}/${name}.tar.gz ${PROJECT_BINARY_DIR}/SHA256SUMS
                   ${PROJECT_BINARY_DIR}/envkeep.1
        COMMENT "Packing ${name}.tar.gz"
        VERBATIM)
    add_dependencies(package_release ${target})
    if("program" IN_LIST ENVKEEP_TEST_KINDS)
        add_test(NAME package.same_bytes_twice
            COMMAND ${PROJECT_SOURCE_DIR}/tests/tree/package_test.sh
                    $<TARGET_FILE:${target}> ${name} ${PROJECT_BINARY_DIR})
        set_tests_properties(package.same_bytes_twice PROPERTIES LABELS program TIMEOUT 300)
    endif()
endfunction()
