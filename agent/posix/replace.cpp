// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"
#include "posix/error.hpp"
#include "posix/files_state.hpp"
#include "posix/names.hpp"
#include "posix/rename.hpp"
#include "posix/status_at.hpp"

#include <unistd.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

bool is_link_to(const Spot& spot, const std::string& name, const std::string& target) {
    return link_target(spot.folder.get(), name.c_str()) == target;
}

// `fresh` is the new link, ready beside the old one.
Result<void> swap_in(const Spot& spot,
                     const std::string& fresh,
                     const std::string& old_target,
                     const std::string& new_target) {
    const int folder = spot.folder.get();
    const int code = swap_names({folder, fresh}, {folder, spot.name});
    if (code == 0) {
        // Only after the swap is it certain what stood here.
        if (is_link_to(spot, fresh, old_target)) {
            return {};
        }
        return tl::unexpected(
            swap_back(spot, fresh, [&] { return is_link_to(spot, fresh, new_target); }));
    }
    if (code == ENOENT) {
        return tl::unexpected(changed_meanwhile(spot));
    }
    if (!means_cannot_swap(code)) {
        return tl::unexpected(error_of(code, "cannot replace link " + spot.shown));
    }
    if (!is_link_to(spot, spot.name, old_target)) {
        return tl::unexpected(changed_meanwhile(spot));
    }
    // A race remains here: no call of such a file system checks and replaces in one step.
    if (::renameat(folder, fresh.c_str(), folder, spot.name.c_str()) != 0) {
        return last_error("cannot replace link " + spot.shown);
    }
    return {};
}

}  // namespace

Result<void> Files::replace_link(const system::Place& place,
                                 const std::string& old_target,
                                 const std::string& new_target) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    if (!is_link_to(spot, spot.name, old_target)) {
        return tl::unexpected(changed_meanwhile(spot));
    }
    const std::string fresh = spot.temporary_name();
    if (::symlinkat(new_target.c_str(), spot.folder.get(), fresh.c_str()) != 0) {
        return last_error("cannot make a link beside " + spot.shown);
    }
    auto outcome = swap_in(spot, fresh, old_target, new_target);
    // Now one of the two links bears the temporary name, or something else if putting it back
    // failed.
    if (is_link_to(spot, fresh, outcome ? old_target : new_target)) {
        ::unlinkat(spot.folder.get(), fresh.c_str(), 0);
    }
    return outcome;
}

Result<void> Files::move(const system::Place& from, const system::Place& to) {
    ENVKEEP_TRY(const Spot old_spot, state_->open_spot_below(from));
    ENVKEEP_TRY(const Spot new_spot, state_->open_spot_below(to));
    const int code = rename_new({old_spot.folder.get(), old_spot.name, old_spot.number},
                                {new_spot.folder.get(), new_spot.name});
    if (code != 0) {
        return tl::unexpected(
            error_of(code, "cannot move " + old_spot.shown + " to " + new_spot.shown));
    }
    return {};
}

Result<void> Files::exchange(const system::Place& one, const system::Place& other) {
    ENVKEEP_TRY(const Spot first, state_->open_spot_below(one));
    ENVKEEP_TRY(const Spot second, state_->open_spot_below(other));
    const int code =
        swap_names({first.folder.get(), first.name}, {second.folder.get(), second.name});
    if (code == 0) {
        return {};
    }
    Error error = error_of(code, "cannot exchange " + first.shown + " and " + second.shown);
    if (means_unknown_call(code)) {
        error.kind = ErrorKind::unsupported;
    }
    return tl::unexpected(std::move(error));
}

}  // namespace envkeep::posix
