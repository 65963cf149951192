// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/lookalikes.hpp"

#include "snapshot/entry_status.hpp"
#include "snapshot/find_path.hpp"
#include "snapshot/held_here.hpp"
#include "snapshot/read_content.hpp"
#include "snapshot/threads.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace envkeep::snapshot {
namespace {

using system::Status;

// Reads what stands at entries, one after the other.
class ContentReader {
  public:
    ContentReader(const Layer& layer, const Roots& roots, system::TreeReader& reader)
        : layer_(layer), roots_(roots), reader_(reader) {}

    // False too where it cannot be read.
    bool has_content_of(const Entry& entry) {
        if (entry.kind == EntryKind::folder) {
            return true;
        }
        const Result<system::Place> place = roots_.place_of(entry.path);
        return place &&
               (entry.kind == EntryKind::link ? target(*place) == entry.target
                                              : digest(*place) == first_name(layer_, entry).digest);
    }

  private:
    Result<std::string> target(const system::Place& place) {
        ENVKEEP_TRY(const auto folder, reader_.read_folder(place.parent()));
        return folder->read_link(std::string(place.path.name()));
    }

    Result<Digest> digest(const system::Place& place) {
        ENVKEEP_TRY(const auto file, reader_.open_file(place));
        ENVKEEP_TRY(const Content content, read_content(*file, buffer_));
        return content.digest;
    }

    const Layer& layer_;
    const Roots& roots_;
    system::TreeReader& reader_;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{1} << 18U);
};

// Whether what stands at a path of another layer stays what it is anyway, or is known to be held.
bool is_accounted_for(const std::string& path,
                      const Status& status,
                      const Layer& wanted,
                      const LayerSeen& seen,
                      const LayerContext& context) {
    const Entry* const held =
        context.held == nullptr ? nullptr : find_path(context.held->entries, path);
    if ((held != nullptr && is_unchanged(context, *held, status)) ||
        is_of_image(context, path, status)) {
        return true;
    }
    const Entry* const entry = find_path(wanted.entries, path);
    if (entry == nullptr || !has_bytes_of(first_name(wanted, *entry), status)) {
        return false;
    }
    const auto i = static_cast<std::size_t>(entry - wanted.entries.data());
    return !std::ranges::binary_search(seen.others, i);
}

}  // namespace

std::vector<std::size_t> lookalikes(const Layer& layer,
                                    const LayerSeen& seen,
                                    const LayerContext& context) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < layer.entries.size(); ++i) {
        const Entry& entry = layer.entries[i];
        const Status& status = seen.entries[i];
        const bool has_content = entry.kind == EntryKind::file || entry.kind == EntryKind::link;
        if (!has_content || !has_bytes_of(entry, status) ||
            (context.is_wanted && !context.is_wanted(layer.groups.at(entry.group))) ||
            held_at(context, layer, entry, status) != nullptr) {
            continue;
        }
        if (is_of_image(context, entry.path, status) ||
            (context.image_until && !context.is_begun)) {
            found.push_back(i);
        }
    }
    return found;
}

std::vector<std::size_t> with_other_content(const Layer& layer,
                                            const std::vector<std::size_t>& which,
                                            const Roots& roots,
                                            system::TreeReader& reader,
                                            unsigned threads) {
    std::vector<std::size_t> others;
    std::mutex mutex;
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        ContentReader content(layer, roots, reader);
        for (std::size_t at = next++; at < which.size(); at = next++) {
            const std::size_t i = which[at];
            if (!content.has_content_of(layer.entries[i])) {
                const std::lock_guard lock(mutex);
                others.push_back(i);
            }
        }
    };
    const auto most = static_cast<unsigned>(std::min<std::size_t>(threads, which.size()));
    run_on_threads(std::max(most, 1U), work);
    std::ranges::sort(others);
    return others;
}

std::vector<Brought> brought_by(const Layer& other,
                                const Layer& wanted,
                                const LayerSeen& seen,
                                const LayerContext& context,
                                const Roots& roots,
                                system::TreeReader& reader,
                                unsigned threads) {
    const LayerSeen here = look_at_layer(other, roots, reader, threads);
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < other.entries.size(); ++i) {
        const Entry& entry = other.entries[i];
        if (has_bytes_of(first_name(other, entry), here.entries[i]) &&
            !is_accounted_for(entry.path, here.entries[i], wanted, seen, context)) {
            which.push_back(i);
        }
    }
    const std::vector<std::size_t> users = with_other_content(other, which, roots, reader, threads);
    std::vector<Brought> brought;
    for (const std::size_t i : which) {
        if (!std::ranges::binary_search(users, i)) {
            brought.push_back({.path = other.entries[i].path,
                               .seen = here.entries[i],
                               .group = other.groups.at(other.entries[i].group)});
        }
    }
    for (std::size_t i = 0; i < other.deletions.size(); ++i) {
        const Deletion& deletion = other.deletions[i];
        if (here.deletions[i].kind == system::Kind::absent &&
            find_path(here.unseen, deletion.path) == nullptr &&
            find_path(wanted.deletions, deletion.path) == nullptr &&
            find_path(wanted.entries, deletion.path) == nullptr) {
            brought.push_back(
                {.path = deletion.path, .seen = {}, .group = other.groups.at(deletion.group)});
        }
    }
    return brought;
}

}  // namespace envkeep::snapshot
