// SPDX-License-Identifier: MIT
#include "posix/rename.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/posix/fd.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "posix/copy_bytes.hpp"
#include "posix/error.hpp"
#include "posix/names.hpp"
#include "posix/status_at.hpp"

#include <fcntl.h>
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

// Whether `own`, whatever inode number it has (a FUSE may give one to each path), is what `kept`
// holds too.
bool is_held(NameIn kept, NameIn own) {
    const auto one = status_at(kept.folder, kept.name.c_str());
    const auto other = status_at(own.folder, own.name.c_str());
    if (!one || !other || one->status.kind != other->status.kind) {
        return false;
    }
    if (one->status.is_same_file(other->status)) {
        return true;
    }
    if (one->status.kind == system::Kind::link) {
        const auto target = link_target(kept.folder, kept.name.c_str());
        return target && target == link_target(own.folder, own.name.c_str());
    }
    if (one->status.kind != system::Kind::file) {
        return false;
    }
    constexpr int reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const Fd first(::openat(kept.folder, kept.name.c_str(), reading));
    const Fd second(::openat(own.folder, own.name.c_str(), reading));
    return first.is_open() && second.is_open() &&
           ByteCopier().compare(first.get(), second.get()) == ByteCopier::Verdict::same;
}

// The first name of what `to` is the second name of by now. A program may have put a newer thing
// under it, so it is taken to a name that nobody else knows, and looked at there.
int remove_first_name(NameIn from, NameIn to) {
    const std::string own =
        from.number ? system::temporary_name(from.name, *from.number) : temporary_name(from.name);
    const NameIn taken{from.folder, own};
    if (const int code = rename_with(from, taken, 0); code != 0) {
        return code == ENOENT ? 0 : code;
    }
    if (is_held(to, taken)) {
        return ::unlinkat(taken.folder, own.c_str(), 0) == 0 ? 0 : errno;
    }
    const int back = rename_new(taken, {from.folder, from.name});
    // What it replaced is gone for everybody else.
    ::unlinkat(to.folder, to.name.c_str(), 0);
    return back == 0 ? ECANCELED : back;
}

// link(2) never replaces anything; but FAT, some FUSE and link limits refuse it: no answer then.
std::optional<int> link_and_unlink(NameIn from, NameIn to) {
    if (::linkat(from.folder, from.name.c_str(), to.folder, to.name.c_str(), 0) != 0) {
        const int code = errno;
        return means_no_hard_link(code) ? std::nullopt : std::optional(code);
    }
    return remove_first_name(from, to);
}

Error left_aside(const Spot& spot, const std::string& aside, int code) {
    Error error = error_of(
        code, "what stood at " + spot.shown + " changed, and could not be put back to its name");
    error.kind = ErrorKind::conflict;
    error.hint = "it is complete beside it, under the name " + quoted(aside) + ": rename it back";
    return error;
}

}  // namespace

std::optional<int> rename_new_surely(NameIn from, NameIn to) {
    const int code = rename_with(from, to, RENAME_NOREPLACE);
    if (!means_unknown_call(code)) {
        return code;
    }
    const auto found = status_at(from.folder, from.name.c_str());
    if (!found) {
        return errno;
    }
    return found->status.kind == system::Kind::folder ? std::nullopt : link_and_unlink(from, to);
}

int rename_new(NameIn from, NameIn to) {
    const std::optional<int> code = rename_new_surely(from, to);
    return code ? *code : check_and_rename(from, to);
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
