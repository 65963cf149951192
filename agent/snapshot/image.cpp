// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/image.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/entry_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <unordered_set>
#include <utility>

namespace envkeep::snapshot {
namespace {

using system::Kind;
using system::Place;
using system::Status;

// Reads what a fingerprint is made of, as sorted lines.
class Fingerprint {
  public:
    Fingerprint(system::RootId machine, WallTime container_began, system::FileReader& files)
        : machine_(machine), brought_before_(container_began), files_(files) {}

    void add_file_content(std::string_view path) {
        constexpr std::uint64_t largest = 64U << 10U;
        if (const Result<std::string> text = files_.read_file(place(path), largest)) {
            hasher_.update(fmt::format("content {} {}\n{}\n", path, text->size(), *text));
        }
    }

    // Names of that form, with size and time of modification of files.
    void add_names(const std::string& folder, std::string_view begin, std::string_view end) {
        const Result<std::vector<system::Entry>> entries = files_.list(place(folder));
        if (!entries) {
            return;
        }
        for (const system::Entry& entry : *entries) {
            if (!entry.name.starts_with(begin) || !entry.name.ends_with(end)) {
                continue;
            }
            const Result<Status> status = files_.status(place(folder).child(entry.name));
            if (status && status->changed < brought_before_) {
                add(folder + '/' + entry.name, *status);
            }
        }
    }

    [[nodiscard]] std::string text() const { return hasher_.digest().text(); }

  private:
    [[nodiscard]] Place place(std::string_view path) const {
        return {.root = machine_, .path = RelPath::parse(path).value_or(RelPath())};
    }

    void add(const std::string& path, const Status& status) {
        if (status.kind == Kind::file) {
            hasher_.update(fmt::format(
                "file {} {} {}\n", path, status.size, status.modified.time_since_epoch().count()));
        } else {
            hasher_.update(fmt::format("name {}\n", path));
        }
    }

    system::RootId machine_;
    WallTime brought_before_;
    system::FileReader& files_;
    Hasher hasher_;
};

// Whatever is made in a folder changes it too: it is the image's if it holds something that is.
void drop_folders(std::vector<ImageEntry>& sorted, const std::unordered_set<std::string>& changed) {
    const ImageEntry* next = nullptr;  // what lies in a folder comes right after it
    for (auto entry = sorted.rbegin(); entry != sorted.rend(); ++entry) {
        if (changed.contains(entry->path) &&
            (next == nullptr || !is_path_within(next->path, entry->path))) {
            entry->path.clear();
        } else {
            next = &*entry;
        }
    }
    std::erase_if(sorted, [](const ImageEntry& entry) { return entry.path.empty(); });
}

}  // namespace

Result<std::string> image_fingerprint(
    WallTime container_began,
    const std::vector<std::pair<std::string, std::string>>& telling,
    system::FileReader& files) {
    ENVKEEP_TRY(const system::RootId machine, files.open_root("/"));
    Fingerprint print(machine, container_began, files);
    print.add_file_content("usr/lib/os-release");
    print.add_names("var/lib/dpkg/info", "", ".list");
    for (const std::string prefix : {"usr", "usr/local", "opt/conda"}) {
        print.add_names(prefix + "/bin", "python3", "");
    }
    for (const auto& [folder, ending] : telling) {
        print.add_names(folder, "", ending);
    }
    return print.text();
}

Result<ImageListing> list_image(const Scope& scope,
                                WallTime until,
                                const Roots& roots,
                                const CaptureTools& tools) {
    ImageListing listing{.roots = scope.roots, .passed_over = scope.kept};
    listing.passed_over.insert(
        listing.passed_over.end(), scope.excluded.begin(), scope.excluded.end());
    Scope with_all = scope;
    with_all.with_secrets = true;
    std::mutex mutex;
    std::unordered_set<std::string> changed;  // folders
    for (const std::string& root : scope.roots) {
        ENVKEEP_TRY(const Place place, roots.place_of(root));
        const Result<Status> status = tools.files.status(place);
        if (!status || status->kind != Kind::folder || status->is_mount_point) {
            continue;
        }
        const auto see = [&](const system::WalkEntry& entry) {
            std::string path = entry.below.is_root() ? root : root + '/' + entry.below.text();
            const Status& found = entry.status;
            if (found.is_mount_point || with_all.omission_of(path, found.kind) != Omission::none) {
                return false;
            }
            const bool is_old = found.changed < until;
            if (found.kind != Kind::other && (is_old || found.kind == Kind::folder)) {
                const std::lock_guard lock(mutex);
                if (!is_old) {
                    changed.insert(path);
                }
                listing.entries.push_back({.path = std::move(path),
                                           .kind = entry_kind_of(found.kind),
                                           .mode = found.mode,
                                           .uid = found.uid,
                                           .gid = found.gid,
                                           .size = found.kind == Kind::file ? found.size : 0,
                                           .modified = found.modified});
            }
            return true;
        };
        // What cannot be read is not known to be the image's: it is only that.
        static_cast<void>(tools.walker.walk(place, tools.threads, see));
    }
    std::ranges::sort(listing.entries, comes_before, &ImageEntry::path);
    const auto is_same = [](const ImageEntry& one, const ImageEntry& other) {
        return one.path == other.path;
    };
    listing.entries.erase(std::unique(listing.entries.begin(), listing.entries.end(), is_same),
                          listing.entries.end());
    drop_folders(listing.entries, changed);
    for (ImageEntry& entry : listing.entries) {
        if (entry.kind == EntryKind::link) {
            entry.target =
                roots.place_of(entry.path)
                    .and_then([&](const Place& place) { return tools.files.read_link(place); })
                    .value_or(std::string());
        }
    }
    return listing;
}

}  // namespace envkeep::snapshot
