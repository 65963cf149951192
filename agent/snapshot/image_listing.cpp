// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/image_listing.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/path_lines.hpp"
#include "snapshot/shelf_files.hpp"
#include "snapshot/store_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t largest_size = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t most_entries = 10'000'000;
constexpr std::size_t most_places = 100'000;
constexpr std::size_t usual_line = 60;

std::string_view letter_of(EntryKind kind) {
    switch (kind) {
        case EntryKind::folder:
            return "d";
        case EntryKind::link:
            return "l";
        case EntryKind::file:
        case EntryKind::hard_link:
            break;
    }
    return "f";
}

void put_entry(std::string& out, const ImageEntry& entry, PathWriter& paths) {
    const std::string_view name = paths.name_of(out, entry.path);
    fmt::format_to(std::back_inserter(out),
                   "{} {:04o} {} {} ",
                   letter_of(entry.kind),
                   entry.mode,
                   entry.uid,
                   entry.gid);
    put_time(out, entry.modified);
    if (entry.kind == EntryKind::link) {
        out += ' ';
        put_text(out, entry.target);
    } else if (entry.kind != EntryKind::folder) {
        fmt::format_to(std::back_inserter(out), " {}", entry.size);
    }
    out += ' ';
    put_text(out, name);
    out += '\n';
}

void put_places(std::string& out, std::string_view word, const std::vector<std::string>& places) {
    for (const std::string& place : places) {
        out += word;
        put_text(out, place);
        out += '\n';
    }
}

class ListingParser {
  public:
    explicit ListingParser(std::string_view text) : lines_(text, "image listing") {
        listing_.entries.reserve(
            std::min<std::uint64_t>(text.size() / usual_line, most_entries / 10));
    }

    Result<ImageListing> parse() {
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
        return std::move(listing_);
    }

  private:
    void read_head() {
        if (!lines_.next() || lines_.word() != "envkeep-image" || lines_.word() != "1") {
            lines_.fault("it is no image listing, or one of another version");
        }
        lines_.end_line();
        if (!lines_.next() || lines_.word() != "fingerprint") {
            lines_.fault("it names no image");
        }
        listing_.fingerprint = lines_.text();
        lines_.end_line();
        if (!lines_.next() || lines_.word() != "taken") {
            lines_.fault("it does not say when it was taken");
        }
        listing_.taken = lines_.text();
        lines_.end_line();
    }

    void read_place(std::vector<std::string>& places) {
        if (!listing_.entries.empty() || places.size() == most_places) {
            lines_.fault("it names a place too late, or too many");
            return;
        }
        places.push_back(lines_.text());
        lines_.end_line();
    }

    void read_line(std::string_view word) {
        if (is_ended_) {
            lines_.fault("it goes on after its end");
        } else if (word == "d") {
            read_entry(EntryKind::folder);
        } else if (word == "f") {
            read_entry(EntryKind::file);
        } else if (word == "l") {
            read_entry(EntryKind::link);
        } else if (word == "root") {
            read_place(listing_.roots);
        } else if (word == "without") {
            read_place(listing_.passed_over);
        } else if (word == ":") {
            paths_.read_folder(lines_);
        } else if (word == "end") {
            is_ended_ = true;
            if (lines_.number(most_entries) != listing_.entries.size()) {
                lines_.fault("it holds another number of entries than it says");
            }
            lines_.end_line();
        } else {
            lines_.fault("it begins with no word that is known");
        }
    }

    void read_entry(EntryKind kind) {
        if (listing_.entries.size() == most_entries) {
            lines_.fault("it holds too many entries");
            return;
        }
        ImageEntry& entry = listing_.entries.emplace_back();
        entry.kind = kind;
        entry.mode = lines_.mode();
        entry.uid = static_cast<std::uint32_t>(lines_.number(most));
        entry.gid = static_cast<std::uint32_t>(lines_.number(most));
        entry.modified = lines_.time();
        if (kind == EntryKind::file) {
            entry.size = lines_.number(largest_size);
        } else if (kind == EntryKind::link) {
            entry.target = lines_.text();
        }
        entry.path = paths_.read(lines_, kind == EntryKind::folder);
    }

    Lines lines_;
    PathReader paths_;
    ImageListing listing_;
    bool is_ended_ = false;
};

Result<std::string> file_name(const std::string& fingerprint) {
    if (!is_plain_name(fingerprint)) {
        return failure(ErrorKind::unsafe_path,
                       fmt::format("{} is no name for an image", quoted(fingerprint)));
    }
    return fingerprint + ".zst";
}

Result<ImageListing> listing_of(std::string_view text, const std::string& fingerprint) {
    ENVKEEP_TRY(ImageListing listing, parse_listing(text));
    if (listing.fingerprint != fingerprint) {
        return failure(ErrorKind::io,
                       fmt::format("damaged image listing: {} is of another image",
                                   quoted(listing.fingerprint)));
    }
    return listing;
}

}  // namespace

std::string listing_text(const ImageListing& listing) {
    std::string out;
    out.reserve(listing.entries.size() * usual_line);
    out += "envkeep-image 1\nfingerprint ";
    put_text(out, listing.fingerprint);
    out += "\ntaken ";
    put_text(out, listing.taken);
    out += '\n';
    put_places(out, "root ", listing.roots);
    put_places(out, "without ", listing.passed_over);
    PathWriter paths;
    for (const ImageEntry& entry : listing.entries) {
        put_entry(out, entry, paths);
    }
    fmt::format_to(std::back_inserter(out), "end {}\n", listing.entries.size());
    return out;
}

Result<ImageListing> parse_listing(std::string_view text) {
    return ListingParser(text).parse();
}

bool covers(const ImageListing& listing, std::string_view path) {
    return std::ranges::any_of(listing.roots,
                               [&](const std::string& root) { return is_path_within(path, root); });
}

bool covers(const ImageListing& listing, const Scope& scope) {
    const auto is_left_out = [&](const std::string& place) {
        return std::ranges::find(scope.kept, place) != scope.kept.end() ||
               std::ranges::find(scope.excluded, place) != scope.excluded.end();
    };
    return std::ranges::all_of(scope.roots,
                               [&](const std::string& root) { return covers(listing, root); }) &&
           std::ranges::all_of(listing.passed_over, is_left_out);
}

ImageListing both_of(ImageListing earlier, ImageListing later) {
    ImageListing both{.fingerprint = std::move(earlier.fingerprint),
                      .taken = std::move(later.taken),
                      .roots = std::move(earlier.roots)};
    for (std::string& root : later.roots) {
        if (!covers(both, root)) {
            both.roots.push_back(std::move(root));
        }
    }
    std::ranges::copy_if(
        later.passed_over, std::back_inserter(both.passed_over), [&](const std::string& place) {
            return std::ranges::find(earlier.passed_over, place) != earlier.passed_over.end();
        });
    // Of two that are equal the union has the first.
    std::ranges::set_union(earlier.entries,
                           later.entries,
                           std::back_inserter(both.entries),
                           comes_before,
                           &ImageEntry::path,
                           &ImageEntry::path);
    return both;
}

Result<void> save_listing(const Shelf& shelf, const ImageListing& listing) {
    ENVKEEP_TRY(const std::string name, file_name(listing.fingerprint));
    // Never a moment without one: what is deleted by now no later listing can tell.
    return replace_packed(shelf, store::names::images, name, listing_text(listing));
}

Result<ImageListing> load_listing(const Shelf& shelf, const std::string& fingerprint) {
    ENVKEEP_TRY(const std::string name, file_name(fingerprint));
    ENVKEEP_TRY(const std::string text, load_packed(shelf, store::names::images, name));
    return listing_of(text, fingerprint);
}

Result<std::optional<ImageListing>> kept_listing(const Shelf& shelf,
                                                 const std::string& fingerprint) {
    ENVKEEP_TRY(const std::string name, file_name(fingerprint));
    Result<Bytes> packed = read_packed(shelf, store::names::images, name);
    if (!packed && packed.error().kind != ErrorKind::not_found) {
        Error error = std::move(packed).error();
        error.hint = fmt::format(
            "run the same command again; should {} stay unreadable, remove it: what sessions "
            "deleted of the image until then is not known any more",
            quoted(shelf.files.absolute(shelf.store.place(store::names::images).child(name))));
        return tl::unexpected(std::move(error));
    }
    Result<std::string> text =
        packed ? decode_packed(*packed) : tl::unexpected(std::move(packed).error());
    Result<ImageListing> listing =
        text ? listing_of(*text, fingerprint) : tl::unexpected(std::move(text).error());
    return listing ? std::optional(*std::move(listing)) : std::nullopt;
}

Result<void> save_image_lock(const Shelf& shelf,
                             const std::string& fingerprint,
                             const std::string& text) {
    ENVKEEP_TRY(const std::string name, file_name(fingerprint + ".lock"));
    return save_packed(shelf, store::names::images, name, text);
}

Result<std::string> load_image_lock(const Shelf& shelf, const std::string& fingerprint) {
    ENVKEEP_TRY(const std::string name, file_name(fingerprint + ".lock"));
    return load_packed(shelf, store::names::images, name);
}

const ImageEntry* find_entry(const ImageListing& listing, const std::string& path) {
    const auto found =
        std::ranges::lower_bound(listing.entries, path, comes_before, &ImageEntry::path);
    return found != listing.entries.end() && found->path == path ? &*found : nullptr;
}

}  // namespace envkeep::snapshot
