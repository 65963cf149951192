// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/system/tree_content.hpp"

#include <memory>
#include <optional>
#include <string>

namespace envkeep::snapshot {

// Opens the files of a layer in this machine. Neighbours share their folder; for one thread.
class SourceFiles {
  public:
    SourceFiles(const Roots& roots, system::TreeReader& reader) : roots_(roots), reader_(reader) {}

    [[nodiscard]] Result<std::unique_ptr<system::OpenFile>> open(const std::string& path);

  private:
    const Roots& roots_;
    system::TreeReader& reader_;
    std::string folder_path_;
    std::shared_ptr<system::FolderReader> folder_;
};

// Whether a failure to open says that the file stands there no more: nothing does, or a link, a
// folder or the like took its place.
[[nodiscard]] bool means_gone(const Error& error);

// Whether a file is what it was.
[[nodiscard]] bool is_unchanged(const system::Status& before, const system::Status& after);

[[nodiscard]] Result<system::Attributes> attributes_of(const system::Status& status,
                                                       system::OpenFile& file);

// What was read of one entry, or why it was not.
struct Member {
    enum class Fate : std::uint8_t {
        packed,
        held,  // another entry places its bytes
        header_only,
        again,  // by itself, after all others
        gone,
        unread,
    };

    std::size_t entry = 0;
    Fate fate = Fate::header_only;
    bool has_changed = false;  // under our hands
    std::uint64_t size = 0;
    system::Attributes attributes;
    Digest digest;
    std::optional<Error> error{};  // of what is unread
};

[[nodiscard]] Member failed_member(std::size_t entry, Error error);

}  // namespace envkeep::snapshot
