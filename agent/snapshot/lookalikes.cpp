// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/lookalikes.hpp"

#include "snapshot/entry_status.hpp"
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

}  // namespace envkeep::snapshot
