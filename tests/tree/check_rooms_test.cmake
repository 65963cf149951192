# SPDX-License-Identifier: MIT
# Shows that cmake/CheckRooms.cmake can fail: a small sound tree passes, and with one file more,
# each with one violation, it is refused with the file, the line and the reason.
cmake_minimum_required(VERSION 3.25)

set(head "// SPDX-License-Identifier: MIT\n")

function(run_check result output)
    execute_process(
        COMMAND ${CMAKE_COMMAND} -D TREE=${SCRATCH} -P ${SOURCE}/cmake/CheckRooms.cmake
        RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
    set(${result} ${status} PARENT_SCOPE)
    # The message is wrapped at 76 columns.
    string(REGEX REPLACE "[ \n]+" " " out "${out}")
    set(${output} "${out}" PARENT_SCOPE)
endfunction()

# Writes `file` with `content` into the sound tree and expects `message` for it.
function(expect_violation file content message)
    file(WRITE ${SCRATCH}/${file} "${content}")
    run_check(status output)
    file(REMOVE ${SCRATCH}/${file})
    string(FIND "${output}" "${message}" found)
    if(status EQUAL 0 OR found EQUAL -1)
        message(SEND_ERROR "expected for ${file}: ${message}\ngot (${status}): ${output}")
    endif()
endfunction()

function(expect_sound)
    run_check(status output)
    if(NOT status EQUAL 0)
        message(SEND_ERROR "a sound tree was refused: ${output}")
    endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
file(COPY ${SOURCE}/cmake/rooms.txt DESTINATION ${SCRATCH}/cmake)
file(WRITE ${SCRATCH}/include/envkeep/core/a.hpp "${head}#pragma once\n#include <string>\n")
file(WRITE ${SCRATCH}/include/envkeep/keep/a.hpp "${head}#include \"envkeep/core/a.hpp\"\n")
file(WRITE ${SCRATCH}/agent/core/a.cpp
    "${head}#include \"envkeep/core/a.hpp\"\n#include <fmt/format.h>\n"
    "// remove_all is spoken of; [here]\nconst char* text = \"call system(now)\";\n")
file(WRITE ${SCRATCH}/agent/posix/a.cpp "${head}#include <unistd.h>\n#include <sys/stat.h>\n")
file(WRITE ${SCRATCH}/agent/main.cpp "${head}void f() { ::umask(0); }\n")
expect_sound()

expect_violation(agent/core/b.cpp "${head}#include \"envkeep/keep/a.hpp\"\n"
    "agent/core/b.cpp:2: room 'core' may not include 'envkeep/keep/a.hpp'")
expect_violation(agent/git/b.cpp "${head}\n#include \"envkeep/keep/a.hpp\"\n"
    "agent/git/b.cpp:3: room 'git' may not include 'envkeep/keep/a.hpp'")
expect_violation(agent/keep/b.cpp "${head}#include \"core/utf8.hpp\"\n"
    "agent/keep/b.cpp:2: 'core/utf8.hpp' is the own affair of room 'core'")
expect_violation(include/envkeep/core/b.hpp "${head}#include \"core/utf8.hpp\"\n"
    "include/envkeep/core/b.hpp:2: a public header may not include the private 'core/utf8.hpp'")
expect_violation(agent/keep/b.cpp "${head}#include \"utf8.hpp\"\n"
    "agent/keep/b.cpp:2: write 'keep/utf8.hpp', from the top of agent/")
expect_violation(agent/core/b.cpp "${head}#include \"envkeep/core/gone.hpp\"\n"
    "agent/core/b.cpp:2: 'envkeep/core/gone.hpp' is not in include/")
expect_violation(agent/kepe/b.cpp "${head}" "agent/kepe/b.cpp: is in no room of cmake/rooms.txt")

expect_violation(agent/core/b.cpp "${head}#include <unistd.h>\n"
    "agent/core/b.cpp:2: room 'core' may not include <unistd.h>")
expect_violation(agent/store/b.cpp "${head}#include <sys/stat.h>\n"
    "agent/store/b.cpp:2: room 'store' may not include <sys/stat.h>")
expect_violation(agent/core/b.cpp "${head}#include <nlohmann/json.hpp>\n"
    "agent/core/b.cpp:2: room 'core' may not include <nlohmann/json.hpp>")
expect_violation(agent/engine/b.cpp "${head}#include <CLI/CLI.hpp>\n"
    "agent/engine/b.cpp:2: room 'engine' may not include <CLI/CLI.hpp>")
expect_violation(agent/engine/b.cpp "${head}#include <git2.h>\n"
    "agent/engine/b.cpp:2: room 'engine' may not include <git2.h>")
expect_violation(agent/core/b.cpp "${head}#include <iostream>\n"
    "agent/core/b.cpp:2: <iostream> is banned")
expect_violation(include/envkeep/core/b.hpp "${head}#include <fmt/format.h>\n"
    "<fmt/format.h> in a public header: keep it behind a source file")

file(WRITE ${SCRATCH}/agent/manifest/one.cpp "${head}#include <yaml-cpp/yaml.h>\n")
file(WRITE ${SCRATCH}/agent/manifest/two.cpp "${head}#include <yaml-cpp/yaml.h>\n")
expect_sound()
expect_violation(agent/manifest/three.cpp "${head}#include <yaml-cpp/yaml.h>\n"
    "room 'manifest' may not include <yaml-cpp/yaml.h>")

expect_violation(agent/core/b.cpp "${head}void f() {\n    boost::remove_all(x);\n}\n"
    "agent/core/b.cpp:3: 'remove_all' is banned")
expect_violation(agent/posix/b.cpp "${head}int x = ::chdir(a);\n"
    "agent/posix/b.cpp:2: 'chdir' is banned")
expect_violation(agent/keep/b.cpp "${head}int x = umask(0);\n"
    "agent/keep/b.cpp:2: 'umask' is banned")
expect_violation(agent/posix/b.cpp "${head}int x = std::system(command);\n"
    "agent/posix/b.cpp:2: 'system(command)")
expect_violation(agent/posix/b.cpp "${head}auto x = popen(a, \"r\");\n"
    "agent/posix/b.cpp:2: 'popen' is banned")
expect_violation(agent/core/b.cpp "${head}std::regex x(\"a\");\n"
    "agent/core/b.cpp:2: 'std::regex' is banned")
expect_violation(agent/keep/b.cpp "${head}auto x = std::getenv(\"HOME\");\n"
    "agent/keep/b.cpp:2: 'getenv' is banned")
string(CONCAT later "TO" "DO")
expect_violation(agent/core/b.cpp "${head}// ${later}: more\n"
    "agent/core/b.cpp:2: '${later}' is banned")

string(REPEAT "int x;\n" 400 long)
expect_violation(agent/core/b.cpp "${head}${long}" "agent/core/b.cpp: has 401 lines, 400 is the limit")
expect_violation(agent/core/b.cpp "#pragma once\n"
    "agent/core/b.cpp:1: does not begin with '// SPDX-License-Identifier: MIT'")
expect_violation(tests/unit/b.cpp "int x;\n"
    "tests/unit/b.cpp:1: does not begin with '// SPDX-License-Identifier: MIT'")
file(REMOVE_RECURSE ${SCRATCH})
