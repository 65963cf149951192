# SPDX-License-Identifier: MIT
# envkeep_options: warnings and hardening, linked by our own code only, so that nobody else's code is
# ever warned about. envkeep_watched: the same, and sanitizers or counted lines, for what is proven;
# the tests themselves are built without, in a fifth of the time.

add_library(envkeep_options INTERFACE)
add_library(envkeep_watched INTERFACE)
target_link_libraries(envkeep_watched INTERFACE envkeep_options)

# What a file hides of another one's names is no fault of either.
set(shadow -Wshadow)
if(ENVKEEP_UNITY)
    set(shadow $<IF:$<CXX_COMPILER_ID:GNU>,-Wshadow=local,-Wno-shadow>)
endif()
target_compile_options(envkeep_options INTERFACE
    -Wall -Wextra -Wno-missing-field-initializers -Wpedantic ${shadow} -Wconversion
    -Wsign-conversion -Wcast-qual -Wcast-align -Wformat=2 -Wundef
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
    $<$<COMPILE_LANGUAGE:CXX>:-Wsuggest-override>
    $<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wduplicated-cond>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wduplicated-branches>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wlogical-op>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wuseless-cast>
    # False alarms of GCC 12 when it optimizes: the value of an expected that was just checked may be
    # missing; std::string + "text" may overflow (GCC PR 105651). Clang and the sanitizers look too.
    $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-maybe-uninitialized>
    $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-array-bounds>
    $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-restrict>
    $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-stringop-overflow>
    $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-stringop-overread>)

# The kernel checks returns of programs (shadow stacks), but not where jumps land, for which every
# function would begin with four bytes more.
# One section a function and a datum, so that the linker can leave out what nobody calls.
target_compile_options(envkeep_options INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=return
    -ffunction-sections -fdata-sections
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
target_compile_definitions(envkeep_options INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(envkeep_options INTERFACE -Wl,-z,relro,-z,now -Wl,--gc-sections)

if(ENVKEEP_SANITIZERS)
    target_compile_options(envkeep_watched INTERFACE
        -fsanitize=${ENVKEEP_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer
        $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>
        # vptr tries memory with system calls, among which the tests make each one fail; function writes the type of
        # each lambda down, of which every start of a test would read 4 MB.
        $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fno-sanitize=vptr,function>
        # What is undefined ends the program there, and the address sanitizer tells the line (handle_sigill); to say it
        # in words would be 9 of 14 MB of an object, and a fifth of the time it takes to compile.
        $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fsanitize-trap=undefined>)
    target_link_options(envkeep_options INTERFACE -fsanitize=${ENVKEEP_SANITIZERS}
        # GNU's takes ten seconds and 3 GB for a program of tests.
        $<$<CXX_COMPILER_ID:Clang>:-fuse-ld=lld>
        # A million addresses of the sanitizers' tables are not relocated at each start of a test: 25 ms, not 40.
        -no-pie)
else()
    target_compile_definitions(envkeep_options INTERFACE
        $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=3>)
endif()

if(ENVKEEP_COVERAGE)
    target_compile_options(envkeep_watched INTERFACE --coverage)
    target_link_options(envkeep_options INTERFACE --coverage)
endif()

# The same for libraries and programs, so that they can share compiled headers.
if(ENVKEEP_STATIC OR ENVKEEP_PRECOMPILE)
    target_compile_options(envkeep_options INTERFACE -fPIE)
else()
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()

if(ENVKEEP_STATIC)
    # LLVM's linker, since it keeps one of all functions with the same instructions: 240 KB less to
    # read at each start. Packed relocations are 7 % less. -O2 is the linker's: the end of a text serves as
    # another text.
    set(ENVKEEP_PROGRAM_LINK_OPTIONS
        -fuse-ld=lld -static-pie -Wl,-O2 -Wl,--icf=all -Wl,--pack-dyn-relocs=relr -Wl,--build-id=sha1)
elseif(NOT ENVKEEP_SANITIZERS)
    set(ENVKEEP_PROGRAM_LINK_OPTIONS -pie)
endif()
