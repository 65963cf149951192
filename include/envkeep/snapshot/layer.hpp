// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/digest.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The difference of a session from its image, as plain data: what `manifests/` in the store holds.
namespace envkeep::snapshot {

enum class Domain : std::uint8_t { files, apt, python, conda, npm, jupyter };

// "files", "apt", "python", ...: as the text of a layer and `--only` name it.
[[nodiscard]] std::string_view word_of(Domain domain);

// What belongs together and comes back whole: a distribution, a Debian package, a folder of files.
struct Group {
    Domain domain = Domain::files;
    std::string place;  // the site directory, the conda prefix; empty for apt and files
    // "einops"; for what no one package owns (files, dpkg's database, what is gone): the folder,
    // "/etc", "/root/bin"
    std::string name;
    std::string version;  // empty for files

    [[nodiscard]] bool is_package() const { return !name.starts_with('/'); }

    friend bool operator==(const Group&, const Group&) = default;
};

enum class EntryKind : std::uint8_t {
    folder,
    file,
    link,
    hard_link,  // another name of the file at `target`, which comes before it in the layer
};

// Where a file's bytes begin; they go on through the frames that follow.
struct Location {
    std::uint32_t pack = 0;    // index into Layer::packs
    std::uint32_t frame = 0;   // of that pack
    std::uint32_t offset = 0;  // in the decoded frame

    friend bool operator==(const Location&, const Location&) = default;
};

struct Entry {
    std::string path;  // below "/", of any bytes: "usr/local/bin/x"
    EntryKind kind = EntryKind::folder;
    system::Attributes attributes;
    std::uint32_t group = 0;  // index into Layer::groups

    std::string target;      // of a link; of a hard link: the path of the first name
    std::uint64_t size = 0;  // of a file
    Digest digest;           // of a file's bytes
    Location location;       // of a file that is not empty
    bool is_sparse = false;

    friend bool operator==(const Entry&, const Entry&) = default;
};

// What the image has and the session had no more. It goes only where it still is the image's.
struct Deletion {
    std::string path;
    EntryKind kind = EntryKind::file;
    std::uint64_t size = 0;
    WallTime modified{};
    std::uint32_t group = 0;  // index into Layer::groups

    friend bool operator==(const Deletion&, const Deletion&) = default;
};

// Complete: whoever restores reads this and the packs that it names, never a chain.
struct Layer {
    std::string home;                // absolute; what lies below it follows another home
    std::vector<std::string> packs;  // names in `packs/`, without ".tar.zst"
    std::vector<Group> groups;
    std::vector<Entry> entries;       // sorted by path, '/' before all other bytes
    std::vector<Deletion> deletions;  // sorted likewise

    friend bool operator==(const Layer&, const Layer&) = default;
};

// '/' sorts before every other byte, so that a folder comes right before what is in it.
[[nodiscard]] bool comes_before(const std::string& one, const std::string& other);

// Restored in this order, each stage whole before the next, so that no package manager claims what
// is not there yet: files, programs in bin/, metadata of packages, and last what lists the rest
// (RECORD, dpkg's status, conda-meta).
inline constexpr unsigned stages = 4;
[[nodiscard]] unsigned stage_of(const std::string& path);
// A further name of a file does not come before that file.
[[nodiscard]] unsigned stage_of(const Entry& entry);

}  // namespace envkeep::snapshot
