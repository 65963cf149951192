// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace envkeep::model {

enum class Severity { info, warning, error };

// Who can cure it.
enum class Who { user, restart, host };

enum class RepairKind {
    move_aside,     // a path
    drop_variable,  // out of the manifest's `env`
    run_ldconfig,
    set_mode,  // of a path
};

// What `doctor --fix` can do by itself: safe, and taken back by `undo`.
struct Repair {
    RepairKind kind = RepairKind::move_aside;
    std::string subject;     // absolute path, or the variable's name
    std::uint32_t mode = 0;  // the permission bits

    friend bool operator==(const Repair&, const Repair&) = default;
};

struct Fix {
    Who who = Who::user;
    std::vector<std::string> commands;  // each can be pasted into a shell
    std::string text;                   // where no command says it all
    std::vector<Repair> repairs;        // do the same as the commands

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
