// SPDX-License-Identifier: MIT
#include "keep/undo_words.hpp"

#include "envkeep/core/text.hpp"

namespace envkeep::keep {

using store::Change;

std::string what_undoing_does(const Change& change, bool is_rest) {
    const std::string path = quoted(change.path);
    switch (change.kind) {
        case Change::Kind::made_folder:
            return "remove the folder " + path;
        case Change::Kind::made_file:
            return "remove the empty file " + path;
        case Change::Kind::made_link:
            return "remove the link " + path;
        case Change::Kind::replaced_link:
            return "let the link " + path + " lead to " + quoted(change.other) + " again";
        case Change::Kind::moved:
            return (is_rest ? "put back the rest of " : "put back ") + quoted(change.other);
        case Change::Kind::copied:
            return "take away the copy " + path;
        case Change::Kind::replaced_file:
            return "put back the earlier content of " + path;
        case Change::Kind::set_mode:
            return "set the mode of " + path + " back to " + octal(change.old_mode);
        case Change::Kind::removed_link:
            return "make the link " + path + " to " + quoted(change.text) + " again";
    }
    return path;
}

}  // namespace envkeep::keep
