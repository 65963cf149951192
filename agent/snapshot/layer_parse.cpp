// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/records.hpp"
#include "snapshot/frame.hpp"
#include "snapshot/layer_words.hpp"
#include "snapshot/pack_index.hpp"
#include "snapshot/path_lines.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr std::uint64_t most_of_32_bits = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t largest_file = std::numeric_limits<std::int64_t>::max();
// What no snapshot reaches, so that a damaged text cannot ask for more memory than there is.
constexpr std::size_t most_lines = 4'000'000;
constexpr std::size_t most_attributes = 4'000'000;
constexpr std::size_t most_groups = 1'000'000;
constexpr std::size_t most_packs = 65'536;
// "f 0 0644 0 0 0.000000000 - x\n": a text cannot hold more entries than this says.
constexpr std::size_t shortest_line = 27;

class LayerParser {
  public:
    explicit LayerParser(std::string_view text) : lines_(text, "layer") {
        layer_.entries.reserve(std::min(text.size() / shortest_line / 4, most_lines));
    }

    Result<Layer> parse() {
        read_head();
        while (lines_.next()) {
            read_line(lines_.word());
        }
        if (lines_.is_sound() && !is_ended_) {
            lines_.fault("it is cut short");
        }
        if (!lines_.is_sound()) {
            return tl::unexpected(lines_.error());
        }
        return std::move(layer_);
    }

  private:
    void read_head() {
        if (!lines_.next() || lines_.word() != "envkeep-layer" || lines_.word() != "1") {
            lines_.fault("it is no layer, or one of another version");
        }
        lines_.end_line();
        if (!lines_.next() || lines_.word() != "home") {
            lines_.fault("it names no home");
        }
        layer_.home = lines_.text();
        lines_.end_line();
        if (!layer_.home.empty() &&
            (layer_.home[0] != '/' || !is_sound_path(std::string_view(layer_.home).substr(1)))) {
            lines_.fault("the home is no absolute path");
        }
    }

    void read_line(std::string_view word) {
        if (is_ended_) {
            lines_.fault("it goes on after its end");
        } else if (const auto kind = kind_of(word)) {
            read_entry(*kind, word == "s");
        } else if (word == ":") {
            paths_.read_folder(lines_);
        } else if (word == "x") {
            read_extended();
        } else if (word == "-") {
            read_deletion();
        } else if (word == "pack") {
            read_pack();
        } else if (word == "group") {
            read_group();
        } else if (word == "end") {
            read_end();
        } else {
            lines_.fault("it begins with no word that is known");
        }
    }

    bool is_at_lists() const { return layer_.entries.empty() && layer_.deletions.empty(); }

    void read_pack() {
        const std::string_view name = lines_.word();
        lines_.end_line();
        if (!is_at_lists() || !layer_.groups.empty() || !digest_of_hex(name) ||
            layer_.packs.size() == most_packs || !pack_names_.emplace(name).second) {
            lines_.fault(
                "a pack is out of place, one too many, named twice, or has no digest for its name");
            return;
        }
        layer_.packs.emplace_back(name);
    }

    void read_group() {
        const auto domain = domain_of(lines_.word());
        std::string version = lines_.text();
        std::string place = lines_.text();
        std::string name = lines_.text();
        lines_.end_line();
        if (!is_at_lists() || !domain || layer_.groups.size() == most_groups) {
            lines_.fault("a group is out of place, one too many, or of an unknown domain");
            return;
        }
        layer_.groups.push_back({.domain = *domain,
                                 .place = std::move(place),
                                 .name = std::move(name),
                                 .version = std::move(version)});
    }

    std::uint32_t index(std::size_t size) {
        if (size == 0) {
            lines_.fault("it points into an empty list");
            return 0;
        }
        return static_cast<std::uint32_t>(lines_.number(size - 1));
    }

    void read_entry(EntryKind kind, bool is_sparse) {
        if (layer_.entries.size() == most_lines || !layer_.deletions.empty()) {
            lines_.fault("an entry is out of place or one too many");
            return;
        }
        Entry& entry = layer_.entries.emplace_back();
        entry.kind = kind;
        entry.is_sparse = is_sparse;
        entry.group = index(layer_.groups.size());
        entry.attributes.mode = lines_.mode();
        entry.attributes.uid = static_cast<std::uint32_t>(lines_.number(most_of_32_bits));
        entry.attributes.gid = static_cast<std::uint32_t>(lines_.number(most_of_32_bits));
        entry.attributes.modified = lines_.time();
        if (kind == EntryKind::file) {
            read_content(entry);
        } else if (kind != EntryKind::folder) {
            entry.target = lines_.text();
        }
        entry.path = paths_.read(lines_, kind == EntryKind::folder);
        check_target(entry);
    }

    void read_content(Entry& entry) {
        entry.size = lines_.number(largest_file);
        entry.digest = lines_.digest();
        if (entry.size == 0) {
            if (lines_.word() != "-") {
                lines_.fault("an empty file has a location");
            }
            return;
        }
        entry.location.pack = index(layer_.packs.size());
        entry.location.frame = static_cast<std::uint32_t>(lines_.number(most_frames - 1));
        entry.location.offset = static_cast<std::uint32_t>(lines_.number(largest_frame));
    }

    void check_target(const Entry& entry) {
        if (entry.kind == EntryKind::link &&
            (entry.target.empty() || entry.target.find('\0') != std::string::npos)) {
            lines_.fault("a link leads nowhere");
        }
        if (entry.kind != EntryKind::hard_link) {
            return;
        }
        const auto last = layer_.entries.end() - 1;
        const auto found = std::ranges::lower_bound(
            layer_.entries.begin(), last, entry.target, comes_before, &Entry::path);
        if (found == last || found->path != entry.target || found->kind != EntryKind::file) {
            lines_.fault("a hard link is to no file before it");
        }
    }

    void read_extended() {
        std::string value = lines_.text();
        std::string name = lines_.text();
        lines_.end_line();
        if (layer_.entries.empty() || !layer_.deletions.empty() || name.empty() ||
            name.find('\0') != std::string::npos || attributes_++ == most_attributes) {
            lines_.fault("an extended attribute is out of place, one too many, or has no name");
            return;
        }
        auto& extended = layer_.entries.back().attributes.extended;
        if (!extended.empty() && extended.back().name >= name) {
            lines_.fault("the extended attributes are not sorted");
            return;
        }
        extended.push_back({.name = std::move(name), .value = std::move(value)});
    }

    void read_deletion() {
        const std::uint32_t group = index(layer_.groups.size());
        const auto kind = kind_of(lines_.word());
        Deletion deletion{.kind = kind.value_or(EntryKind::file),
                          .size = lines_.number(largest_file),
                          .modified = lines_.time(),
                          .group = group};
        deletion.path = lines_.text();
        lines_.end_line();
        if (!kind || !is_sound_path(deletion.path) || layer_.deletions.size() == most_lines) {
            lines_.fault("a deletion names no path");
        } else if (!layer_.deletions.empty() &&
                   !comes_before(layer_.deletions.back().path, deletion.path)) {
            lines_.fault("the deletions are not sorted");
        } else {
            layer_.deletions.push_back(std::move(deletion));
        }
    }

    void read_end() {
        const std::uint64_t entries = lines_.number(most_lines);
        const std::uint64_t deletions = lines_.number(most_lines);
        lines_.end_line();
        if (entries != layer_.entries.size() || deletions != layer_.deletions.size()) {
            lines_.fault("it holds another number of entries than it says");
        }
        is_ended_ = true;
    }

    Lines lines_;
    PathReader paths_;
    Layer layer_;
    std::unordered_set<std::string> pack_names_;
    std::size_t attributes_ = 0;
    bool is_ended_ = false;
};

}  // namespace

Result<Layer> parse_layer(std::string_view text) {
    return LayerParser(text).parse();
}

}  // namespace envkeep::snapshot
