// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"
#include "posix/copy_tree.hpp"
#include "posix/error.hpp"
#include "posix/files_state.hpp"
#include "posix/status_at.hpp"
#include "posix/temporary.hpp"

#include <cerrno>

namespace envkeep::posix {

Result<system::CopyReport> Files::copy(const system::Place& from,
                                       const system::Place& to,
                                       const system::CopyOptions& options,
                                       const std::optional<system::Status>& replaced) {
    ENVKEEP_TRY(const Spot source, state_->open_spot(from));
    ENVKEEP_TRY(const Spot target, state_->open_spot_below(to));
    if (!replaced && status_at(target.folder.get(), target.name.c_str())) {
        return tl::unexpected(error_of(EEXIST, "cannot copy to " + target.shown));
    }
    TreeCopier copier(options, absolute(from));
    const auto attempt = [&] { return copier.copy(source.folder.get(), source.name, target); };
    // Programs write small files often: what changed once has mostly come to rest the next time.
    auto made = attempt().or_else([&](const Error& error) -> Result<Temporary> {
        return error.kind == ErrorKind::conflict ? attempt() : tl::unexpected(error);
    });
    if (!made) {
        return tl::unexpected(std::move(made).error());
    }
    if (!replaced || !options.replaced_goes_to) {
        ENVKEEP_CHECK(made->publish(replaced));
        return std::move(copier.report());
    }
    const system::Place& kept = *options.replaced_goes_to;
    ENVKEEP_TRY(const Spot kept_spot, state_->open_spot_below(kept));
    Result<void> published = made->publish(replaced, &kept_spot);
    if (!published && published.error().kind == ErrorKind::unsupported) {
        // Neither exchange nor second names (FAT, some FUSE): only the bytes can be kept.
        ENVKEEP_CHECK(copy(to, kept, {}, std::nullopt));
        published = made->publish(replaced);
    }
    ENVKEEP_CHECK(published);
    return std::move(copier.report());
}

}  // namespace envkeep::posix
