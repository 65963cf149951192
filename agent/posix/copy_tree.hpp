// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"
#include "posix/copy_bytes.hpp"
#include "posix/temporary.hpp"

#include <sys/stat.h>

#include <map>
#include <string>
#include <utility>

namespace envkeep::posix {

// Copies one file, link or folder with all below it into something temporary.
class TreeCopier {
  public:
    TreeCopier(const system::CopyOptions& options, std::string shown)
        : options_(options), shown_(std::move(shown)) {}

    // Makes the copy of `name` beside `spot`, verified and synced, but not yet published. A
    // conflict means that it changed while it was copied.
    [[nodiscard]] Result<Temporary> copy(int folder, const std::string& name, const Spot& spot);

    [[nodiscard]] system::CopyReport& report() { return report_; }

  private:
    // What is copied: its folder and name, its path below the top.
    struct Source {
        int folder;
        const std::string& name;
        const RelPath& below;
    };

    // A folder and its copy.
    struct OpenPair {
        Fd source;
        Fd target;
    };

    struct Link {
        std::string target;
        struct ::stat status;
    };

    [[nodiscard]] Result<Temporary> copy_single_file(const Source& source, const Spot& spot);
    [[nodiscard]] Result<Temporary> copy_single_link(const Source& source, const Spot& spot);
    [[nodiscard]] Result<Temporary> copy_top_folder(const Source& source, const Spot& spot);

    // Nobody has taken anything out of the copy while it was made.
    [[nodiscard]] Result<void> check_whole(int target) const;

    [[nodiscard]] Result<void> copy_entry(const Source& source, OpenPair& here, int depth);
    [[nodiscard]] Result<void> copy_folder(const Source& source, OpenPair& here, int depth);
    [[nodiscard]] Result<void> copy_into(OpenPair& here, const RelPath& below, int depth);
    [[nodiscard]] Result<void> copy_file(const Source& source, int target);
    [[nodiscard]] Result<void> copy_content(const Source& source, int target);
    [[nodiscard]] Result<void> give_attributes(int source,
                                               const struct ::stat& from,
                                               int target,
                                               const RelPath& below);
    [[nodiscard]] Result<void> copy_link(const Source& source, int target);
    [[nodiscard]] Result<Link> read_source_link(const Source& source) const;
    [[nodiscard]] bool repeats_hard_link(const Source& source, int target);

    [[nodiscard]] std::string shown(const RelPath& below) const;
    [[nodiscard]] tl::unexpected<Error> cannot_copy(int code, const RelPath& below) const;
    // By the errno of a look at the source: that it changed, where it is no longer what it was.
    [[nodiscard]] tl::unexpected<Error> cannot_copy_now(const RelPath& below) const;
    [[nodiscard]] tl::unexpected<Error> changed(const RelPath& below) const;

    const system::CopyOptions& options_;
    std::string shown_;
    system::CopyReport report_;
    ByteCopier bytes_;
    std::uint64_t names_made_ = 0;                    // below the top
    int top_ = -1;                                    // the copy's own topmost folder
    std::pair<std::uint64_t, std::uint64_t> top_id_;  // its device and inode
    // Where the first name of a file with several names went.
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> first_names_;
};

}  // namespace envkeep::posix
