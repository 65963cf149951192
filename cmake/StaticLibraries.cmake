# SPDX-License-Identifier: MIT
# Archives before shared libraries, one target each: third_party::<name>. Their headers are system
# headers, so that our warnings do not reach them.

find_package(Threads REQUIRED)
find_package(GTest REQUIRED)

# What is built from source packages; the script names the folder by versions and flags.
execute_process(
    COMMAND ${PROJECT_SOURCE_DIR}/cmake/dependencies.sh --where
    OUTPUT_VARIABLE ENVKEEP_BUILT_LIBRARIES
    OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY
    CMAKE_CONFIGURE_DEPENDS cmake/dependencies.sh)
if(NOT EXISTS ${ENVKEEP_BUILT_LIBRARIES}/done)
    message(FATAL_ERROR "libgit2, libssh2, OpenSSL, zstd and BLAKE3 are not built: run cmake/dependencies.sh")
endif()

# Sets <result> to a copy of <archive> without its tables for unwinding, if a small program is built: no
# exception passes through C, and the tables of OpenSSL alone are half a megabyte.
function(without_unwinding archive result)
    set(${result} ${archive} PARENT_SCOPE)
    if(NOT ENVKEEP_STATIC)
        return()
    endif()
    get_filename_component(name ${archive} NAME)
    set(copy ${CMAKE_BINARY_DIR}/third_party/${name})
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/third_party)
    # Always: a package's files are older than our copy, and may be newer in fact.
    execute_process(COMMAND ${CMAKE_OBJCOPY} --enable-deterministic-archives
        --remove-section .eh_frame --remove-section .rela.eh_frame ${archive} ${copy}.new
        COMMAND_ERROR_IS_FATAL ANY)
    file(COPY_FILE ${copy}.new ${copy} ONLY_IF_DIFFERENT)
    file(REMOVE ${copy}.new)
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${archive})
    set(${result} ${copy} PARENT_SCOPE)
endfunction()

# third_party_archive(<name> LIBRARY <file> HEADER <file> [BUILT] [IN_C] [LINK <targets>...])
#
# BUILT: only the one that cmake/dependencies.sh built will do, whatever else is installed.
# IN_C: nothing in it throws, nor calls back what does.
function(third_party_archive name)
    cmake_parse_arguments(PARSE_ARGV 1 archive "BUILT;IN_C" "LIBRARY;HEADER" "LINK")
    set(hints)
    if(archive_BUILT)
        unset(THIRD_PARTY_${name}_LIBRARY CACHE)
        unset(THIRD_PARTY_${name}_INCLUDE CACHE)
        set(hints PATHS ${ENVKEEP_BUILT_LIBRARIES}/lib ${ENVKEEP_BUILT_LIBRARIES}/include
            NO_DEFAULT_PATH)
    endif()
    find_library(THIRD_PARTY_${name}_LIBRARY ${archive_LIBRARY} ${hints})
    find_path(THIRD_PARTY_${name}_INCLUDE ${archive_HEADER} ${hints})
    mark_as_advanced(THIRD_PARTY_${name}_LIBRARY THIRD_PARTY_${name}_INCLUDE)
    if(NOT THIRD_PARTY_${name}_LIBRARY OR NOT THIRD_PARTY_${name}_INCLUDE)
        message(FATAL_ERROR "'${archive_LIBRARY}' or '${archive_HEADER}' not found: "
            "run cmake/dependencies.sh, which installs and builds what is missing")
    endif()
    set(linked ${THIRD_PARTY_${name}_LIBRARY})
    if(archive_IN_C)
        without_unwinding(${linked} linked)
    endif()
    add_library(third_party::${name} STATIC IMPORTED GLOBAL)
    set_target_properties(third_party::${name} PROPERTIES
        IMPORTED_LOCATION ${linked}
        INTERFACE_INCLUDE_DIRECTORIES ${THIRD_PARTY_${name}_INCLUDE}
        INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${THIRD_PARTY_${name}_INCLUDE}
        INTERFACE_LINK_LIBRARIES "${archive_LINK}")
endfunction()

# third_party_headers(<name> HEADER <file>): a library that is headers only.
function(third_party_headers name)
    cmake_parse_arguments(PARSE_ARGV 1 headers "" "HEADER" "")
    find_path(THIRD_PARTY_${name}_INCLUDE ${headers_HEADER})
    mark_as_advanced(THIRD_PARTY_${name}_INCLUDE)
    if(NOT THIRD_PARTY_${name}_INCLUDE)
        message(FATAL_ERROR "'${headers_HEADER}' not found: "
            "run cmake/dependencies.sh, which installs and builds what is missing")
    endif()
    add_library(third_party::${name} INTERFACE IMPORTED GLOBAL)
    set_target_properties(third_party::${name} PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES ${THIRD_PARTY_${name}_INCLUDE}
        INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${THIRD_PARTY_${name}_INCLUDE})
endfunction()

third_party_headers(expected HEADER tl/expected.hpp)
third_party_headers(cli11 HEADER CLI/CLI.hpp)
third_party_headers(json HEADER nlohmann/json.hpp)

third_party_archive(zlib IN_C LIBRARY libz.a HEADER zlib.h)
third_party_archive(zstd BUILT IN_C LIBRARY libzstd.a HEADER zstd.h)
third_party_archive(crypto BUILT IN_C LIBRARY libcrypto.a HEADER openssl/crypto.h LINK Threads::Threads)
third_party_archive(ssl BUILT IN_C LIBRARY libssl.a HEADER openssl/ssl.h LINK third_party::crypto)
third_party_archive(yaml_cpp LIBRARY libyaml-cpp.a HEADER yaml-cpp/yaml.h)
third_party_archive(boost_filesystem LIBRARY libboost_filesystem.a HEADER boost/filesystem.hpp)
third_party_archive(rapidcheck LIBRARY librapidcheck.a HEADER rapidcheck.h)
third_party_archive(http_parser IN_C LIBRARY libhttp_parser.a HEADER http_parser.h)

third_party_archive(blake3 BUILT IN_C LIBRARY libblake3.a HEADER blake3.h)
third_party_archive(ssh2 BUILT IN_C LIBRARY libssh2.a HEADER libssh2.h LINK third_party::crypto)
third_party_archive(git2 BUILT IN_C LIBRARY libgit2.a HEADER git2.h
    LINK third_party::ssh2 third_party::ssl third_party::http_parser third_party::zlib)

# fmt has no archive: one file of ours makes it.
third_party_headers(fmt_headers HEADER fmt/format.h)
add_library(third_party_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt_library.cpp)
add_library(third_party::fmt ALIAS third_party_fmt)
target_link_libraries(third_party_fmt PUBLIC third_party::fmt_headers PRIVATE envkeep_watched)
