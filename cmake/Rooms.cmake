# SPDX-License-Identifier: MIT
# The rooms, from the ground up. A room may include only what cmake/rooms.txt grants it.

set(ENVKEEP_ALL_ROOMS
    core system posix manifest model store python keep git gpu packages snapshot engine cli)
set(ENVKEEP_ROOMS "${ENVKEEP_ALL_ROOMS}" CACHE STRING "The rooms to build, while working on some")

# envkeep_room(<name> [SOURCES <files>...] [MAY_USE <rooms>...] [LINK <third party targets>...])
#
# Makes the static library envkeep_<name> (an interface library if there are no sources). Headers
# shown to other rooms are found as "envkeep/<room>/x.hpp", the room's own as "<room>/x.hpp".
function(envkeep_room name)
    cmake_parse_arguments(PARSE_ARGV 1 room "" "" "SOURCES;MAY_USE;LINK")
    if(room_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "envkeep_room(${name}): what is '${room_UNPARSED_ARGUMENTS}'?")
    endif()
    set(target envkeep_${name})
    set(reach PUBLIC)
    if(room_SOURCES)
        add_library(${target} STATIC ${room_SOURCES})
        target_link_libraries(${target} PRIVATE envkeep_watched ${room_LINK})
        envkeep_precompile(${target} envkeep_common_headers)
        set_target_properties(${target} PROPERTIES
            UNITY_BUILD ${ENVKEEP_UNITY} UNITY_BUILD_BATCH_SIZE 64)
    else()
        set(reach INTERFACE)
        add_library(${target} INTERFACE)
        target_link_libraries(${target} INTERFACE ${room_LINK})
    endif()
    target_include_directories(${target} ${reach}
        ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/agent)
    target_link_libraries(${target} ${reach} third_party::expected third_party::fmt)
    envkeep_use_rooms(${target} ${reach} ${room_MAY_USE})
endfunction()

# Links `target` to rooms by name, as far as they are built.
function(envkeep_use_rooms target reach)
    foreach(room IN LISTS ARGN)
        if(NOT room IN_LIST ENVKEEP_ALL_ROOMS)
            message(FATAL_ERROR "${target}: there is no room '${room}'")
        endif()
        if(room IN_LIST ENVKEEP_ROOMS AND EXISTS ${PROJECT_SOURCE_DIR}/agent/${room}/CMakeLists.txt)
            target_link_libraries(${target} ${reach} envkeep_${room})
        endif()
    endforeach()
endfunction()
