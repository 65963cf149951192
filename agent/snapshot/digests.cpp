// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/records.hpp"

#include <algorithm>
#include <cstring>

namespace envkeep::snapshot {
namespace {

constexpr std::uint32_t executable_by_owner = 0100;

// Hashes fields that cannot be taken for one another: numbers of eight bytes, little endian, texts
// after their length.
class Canonical {
  public:
    void add(std::uint64_t number) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            buffer_.push_back(static_cast<char>((number >> shift) & 0xFFU));
        }
    }

    void add(std::string_view text) {
        add(std::uint64_t{text.size()});
        buffer_ += text;
    }

    void add(const Digest& digest) { buffer_.append(digest.bytes.begin(), digest.bytes.end()); }

    void end_record() {
        constexpr std::size_t large = std::size_t{1} << 16U;
        if (buffer_.size() >= large) {
            flush();
        }
    }

    Digest digest() {
        flush();
        return hasher_.digest();
    }

  private:
    void flush() {
        hasher_.update(std::string_view(buffer_));
        buffer_.clear();
    }

    std::string buffer_;
    Hasher hasher_;
};

// The entry that tells of an entry's bytes: of a hard link the file.
const Entry* holder_of(const Layer& layer, const Entry* entry) {
    if (entry->kind != EntryKind::hard_link) {
        return entry;
    }
    const auto found =
        std::ranges::lower_bound(layer.entries, entry->target, comes_before, &Entry::path);
    return found != layer.entries.end() && found->path == entry->target ? &*found : entry;
}

void add_content(Canonical& canonical, const Layer& layer, const Entry& entry) {
    const Entry& holder = *holder_of(layer, &entry);
    canonical.add(std::string_view(entry.path));
    canonical.add(std::uint64_t{static_cast<std::uint8_t>(holder.kind)});
    if (holder.kind == EntryKind::file) {
        canonical.add(std::uint64_t{(holder.attributes.mode & executable_by_owner) != 0});
        canonical.add(holder.digest);
    } else if (holder.kind != EntryKind::folder) {
        canonical.add(std::string_view(holder.target));
    }
    canonical.end_record();
}

void add_full(Canonical& canonical, const Entry& entry) {
    const system::Attributes& attributes = entry.attributes;
    canonical.add(std::string_view(entry.path));
    canonical.add(std::uint64_t{static_cast<std::uint8_t>(entry.kind)});
    canonical.add(std::string_view(entry.target));
    canonical.add(entry.digest);
    canonical.add(std::uint64_t{attributes.mode});
    canonical.add(std::uint64_t{attributes.uid});
    canonical.add(std::uint64_t{attributes.gid});
    if (entry.kind != EntryKind::folder) {
        canonical.add(static_cast<std::uint64_t>(attributes.modified.time_since_epoch().count()));
    }
    canonical.add(std::uint64_t{attributes.extended.size()});
    for (const system::ExtendedAttribute& attribute : attributes.extended) {
        canonical.add(std::string_view(attribute.name));
        canonical.add(std::string_view(attribute.value));
    }
    canonical.end_record();
}

}  // namespace

TreeDigests digests_of(const Layer& layer) {
    Canonical content;
    Canonical full;
    for (const Entry& entry : layer.entries) {
        add_content(content, layer, entry);
        add_full(full, entry);
    }
    return {.content = content.digest(), .full = full.digest()};
}

}  // namespace envkeep::snapshot
