// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/working_copy.hpp"
#include "git/handles.hpp"

#include <string>

namespace envkeep::git {

enum class Standing {
    absent,
    empty_folder,
    in_the_way,  // a file, or a folder with something in it that is no repository
    unreadable,  // a repository that cannot be opened, or a bare one
    of_another,  // it belongs to somebody else
    working_copy,
};

struct Opened {
    Standing standing = Standing::absent;
    Repository repository;
    std::string why;          // of in_the_way, unreadable, of_another
    bool is_dubious = false;  // git itself refuses it as "dubious ownership"; we do not
    std::string link;         // of unreadable: where in git's folder one stands that git follows
};

// What stands at an absolute path; never looks above it.
[[nodiscard]] Opened open_copy(const std::string& folder, const LocalAccess& local);

// "git -C FOLDER WORDS", to be pasted into a shell.
[[nodiscard]] std::string git_command(const std::string& folder, std::string_view words);

// What brings this one alone.
[[nodiscard]] std::string sync_command(const Wish& wish);

// What commits and pushes this one alone, whatever the manifest says of `push`.
[[nodiscard]] std::string push_command(const Wish& wish);

}  // namespace envkeep::git
