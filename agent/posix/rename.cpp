// SPDX-License-Identifier: MIT
#include "posix/rename.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/status_at.hpp"

#include <stdio.h>
#include <unistd.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

int rename_with(NameIn from, NameIn to, unsigned flags) {
    const bool is_done =
        ::renameat2(from.folder, from.name.c_str(), to.folder, to.name.c_str(), flags) == 0;
    return is_done ? 0 : errno;
}

int check_and_rename(NameIn from, NameIn to) {
    if (status_at(to.folder, to.name.c_str())) {
        return EEXIST;
    }
    return errno == ENOENT ? rename_with(from, to, 0) : errno;
}

// link(2) never replaces anything; but FAT, some FUSE and link limits refuse it.
int link_and_unlink(NameIn from, NameIn to) {
    if (::linkat(from.folder, from.name.c_str(), to.folder, to.name.c_str(), 0) != 0) {
        const int code = errno;
        const bool is_refused = code == EPERM || code == EMLINK || means_unknown_call(code);
        return is_refused ? check_and_rename(from, to) : code;
    }
    // If this fails both names remain: nothing is lost, and the caller hears of it.
    return ::unlinkat(from.folder, from.name.c_str(), 0) == 0 ? 0 : errno;
}

Error left_aside(const Spot& spot, const std::string& aside, int code) {
    Error error = error_of(
        code, "what stood at " + spot.shown + " changed, and could not be put back to its name");
    error.kind = ErrorKind::conflict;
    error.hint = "it is complete beside it, under the name " + quoted(aside) + ": rename it back";
    return error;
}

}  // namespace

int rename_new(NameIn from, NameIn to) {
    const int code = rename_with(from, to, RENAME_NOREPLACE);
    if (!means_unknown_call(code)) {
        return code;
    }
    const auto found = status_at(from.folder, from.name.c_str());
    if (!found) {
        return errno;
    }
    return found->status.kind == system::Kind::folder ? check_and_rename(from, to)
                                                      : link_and_unlink(from, to);
}

int swap_names(NameIn one, NameIn other) {
    return rename_with(one, other, RENAME_EXCHANGE);
}

bool means_cannot_swap(int code) {
    return means_unknown_call(code) || code == EXDEV;
}

Error changed_meanwhile(const Spot& spot) {
    return {.kind = ErrorKind::conflict,
            .message = spot.shown + " changed since the plan was made",
            .hint = "run 'envkeep plan' to see what is there now"};
}

Error put_back(const Spot& spot, const std::string& aside) {
    const int code = rename_new({spot.folder.get(), aside}, {spot.folder.get(), spot.name});
    return code == 0 ? changed_meanwhile(spot) : left_aside(spot, aside, code);
}

Error swap_back(const Spot& spot, const std::string& aside, const std::function<bool()>& is_ours) {
    const NameIn place{spot.folder.get(), spot.name};
    const NameIn kept{spot.folder.get(), aside};
    const int code = swap_names(kept, place);
    if (code == ENOENT) {
        return put_back(spot, aside);
    }
    if (code != 0) {
        return left_aside(spot, aside, code);
    }
    if (is_ours()) {
        return changed_meanwhile(spot);
    }
    const int again = swap_names(kept, place);
    return left_aside(spot, aside, again == 0 ? EEXIST : again);
}

}  // namespace envkeep::posix
