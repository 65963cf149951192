// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::python {

// How a Python process begins: of a running one from /proc/<pid>/{cmdline,environ,cwd}, of a
// notebook's from its kernelspec.
struct Launch {
    std::vector<std::string> arguments;            // behind the program
    std::map<std::string, std::string> variables;  // all that it has
    std::string working_folder;                    // absolute
    std::string passwd_home;                       // its user's, for where HOME is not set
    bool has_one_identity = true;  // the real user and group are also the effective ones

    friend bool operator==(const Launch&, const Launch&) = default;
};

enum class Start { interactive, command, module, script };

// What the arguments switch (Python/initconfig.c).
struct Options {
    Start start = Start::interactive;
    std::string subject;             // the module's name, the script's path
    bool has_no_user_site = false;   // -s
    bool has_no_site = false;        // -S
    bool ignores_variables = false;  // -E
    bool is_isolated = false;        // -I: -E, -P and -s
    bool leaves_out_unsafe = false;  // -P, which before 3.11 is no option

    friend bool operator==(const Options&, const Options&) = default;
};

// Letters may stand together ("-Bs"); what comes behind -c, -m or the script is the program's own.
[[nodiscard]] Options options_of(const std::vector<std::string>& arguments);

}  // namespace envkeep::python
