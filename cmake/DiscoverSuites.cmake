# SPDX-License-Identifier: MIT
# cmake -D PROGRAM=.. -D PREFIX=.. -D OUTPUT=.. [-D EACH_CASE=..] [-D COUNTED=..] [-D LONG=..] -P DiscoverSuites.cmake
#
# After a GoogleTest program is linked: writes tests for ctest, one for each suite, <PREFIX><Suite>, or for several small
# ones, <PREFIX><First>-to-<Last>; and <OUTPUT>.cases, a line <PREFIX><Suite>.<Case> for each case. A program with
# sanitizers takes longer to start than most cases do. Of suites that fit the regular expression EACH_CASE each case is
# a test of its own: those that wait for servers, and can do so side by side, or take long. Suites that fit COUNTED are
# no tests here: one that the room adds by itself runs them in one process, which counts. Those that fit LONG take long
# for their number of cases, and begin with the scripts.
execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY TIMEOUT 60)
string(REPLACE "\n" ";" lines "${listed}")
set(tests "")
set(cases "")

function(add_discovered name filter count)
    # Bracket arguments: a name may hold what CMake would read as its own.
    string(APPEND tests
        "add_test([==[${PREFIX}${name}]==] [==[${PROGRAM}]==] [==[--gtest_filter=${filter}]==])\n"
        # The same random cases in every run; RC_PARAMS=seed=N tries others. The long ones begin first.
        "set_tests_properties([==[${PREFIX}${name}]==] PROPERTIES TIMEOUT 600 LABELS unit ENVIRONMENT RC_PARAMS=seed=1 COST ${count})\n")
    set(tests "${tests}" PARENT_SCOPE)
endfunction()

set(small 8)   # cases
set(enough 30)
set(joined "")
set(joined_count 0)

macro(add_joined)
    if(joined)
        list(GET joined 0 first)
        list(GET joined -1 last)
        set(name ${first})
        if(NOT first STREQUAL last)
            set(name ${first}-to-${last})
        endif()
        list(TRANSFORM joined APPEND ".*")
        list(JOIN joined ":" filter)
        if(joined MATCHES "(^|;)(${LONG})[.]")
            set(joined_count 1000)
        endif()
        add_discovered(${name} "${filter}" ${joined_count})
        set(joined "")
        set(joined_count 0)
    endif()
endmacro()

macro(add_suite suite count)
    if(${count} GREATER 0 AND NOT "${suite}" MATCHES "${EACH_CASE}|${COUNTED}")
        if(${count} GREATER ${small})
            set(cost ${count})
            if("${suite}" MATCHES "^(${LONG})$")
                set(cost 1000)
            endif()
            add_discovered(${suite} ${suite}.* ${cost})
        else()
            list(APPEND joined ${suite})
            math(EXPR joined_count "${joined_count} + ${count}")
            if(joined_count GREATER_EQUAL enough)
                add_joined()
            endif()
        endif()
    endif()
endmacro()

foreach(none IN ITEMS EACH_CASE COUNTED LONG)
    if("${${none}}" STREQUAL "")
        set(${none} "^$")
    endif()
endforeach()
set(suite "")
set(count 0)
foreach(line IN LISTS lines)
    string(REGEX REPLACE " +#.*" "" line "${line}")
    if(line MATCHES "^([^ ].*)\\.$")
        set(next ${CMAKE_MATCH_1})
        add_suite("${suite}" ${count})
        set(suite ${next})
        set(count 0)
    elseif(line MATCHES "^  (.+)$" AND suite)
        math(EXPR count "${count} + 1")
        string(APPEND cases "${PREFIX}${suite}.${CMAKE_MATCH_1}\n")
        set(case ${suite}.${CMAKE_MATCH_1})
        if(suite MATCHES "${EACH_CASE}")
            add_discovered(${case} ${case} 40)
        endif()
    endif()
endforeach()
add_suite("${suite}" ${count})
add_joined()
if(cases STREQUAL "")
    message(FATAL_ERROR "${PROGRAM} has no tests")
endif()
file(WRITE ${OUTPUT} "${tests}")
file(WRITE ${OUTPUT}.cases "${cases}")
