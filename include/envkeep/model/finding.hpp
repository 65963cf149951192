// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace envkeep::model {

enum class Severity { info, warning, error };

// Who can cure it.
enum class Who { user, restart, host };

struct Fix {
    Who who = Who::user;
    std::vector<std::string> commands;  // each can be pasted into a shell
    std::string text;                   // where no command says it all

    friend bool operator==(const Fix&, const Fix&) = default;
};

// Something to tell the user. Ids ("store-not-mounted") never change their meaning; all are listed
// in docs/findings.md.
struct Finding {
    std::string id;
    Severity severity = Severity::info;
    std::string subject;  // what it is about: "~/.ssh", "store"
    std::string title;    // one line, lower case, no full stop
    bool is_cause = false;
    std::vector<std::string> evidence;  // "path: what stood there"
    Fix fix;

    friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace envkeep::model
