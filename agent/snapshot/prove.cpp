// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/prove.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/entry_status.hpp"
#include "snapshot/find_path.hpp"
#include "snapshot/held_here.hpp"
#include "snapshot/read_content.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace envkeep::snapshot {
namespace {

using system::Kind;
using system::Status;

std::string_view word_of(Kind kind) {
    switch (kind) {
        case Kind::absent:
            return "nothing";
        case Kind::file:
            return "file";
        case Kind::folder:
            return "folder";
        case Kind::link:
            return "link";
        case Kind::other:
            break;
    }
    return "device, fifo or socket";
}

std::string words(Kind kind, std::uint64_t size, const system::Attributes& rights) {
    if (kind == Kind::absent) {
        return "nothing";
    }
    std::string text =
        fmt::format("{} {} {}:{}", word_of(kind), octal(rights.mode), rights.uid, rights.gid);
    if (kind != Kind::folder) {
        text += fmt::format(", {} bytes of {}", size, utc_text(rights.modified));
        text += fmt::format(" +{} ns", rights.modified.time_since_epoch().count() % 1'000'000'000);
    }
    return text;
}

// What stands at an entry's place is known to be something else, or not known at all.
Difference difference(const Entry& entry, const Status& status, const LayerSeen& seen) {
    const Unseen* const unseen = find_path(seen.unseen, entry.path);
    const std::uint64_t size = entry.kind == EntryKind::link ? entry.target.size() : entry.size;
    return {.path = entry.path,
            .expected = words(kind_of(entry.kind), size, entry.attributes),
            .found = unseen != nullptr ? unseen->why
                                       : words(status.kind,
                                               status.size,
                                               {.mode = status.mode,
                                                .uid = status.uid,
                                                .gid = status.gid,
                                                .modified = status.modified}),
            .is_unknown = unseen != nullptr};
}

// Whether a further name still is one of its file, and not another file that looks like it.
bool is_of_one_file(const Layer& layer, const LayerSeen& seen, std::size_t i) {
    const Entry& entry = layer.entries[i];
    const Entry* const first =
        entry.kind == EntryKind::hard_link ? find_path(layer.entries, entry.target) : nullptr;
    return first == nullptr ||
           seen.entries[static_cast<std::size_t>(first - layer.entries.data())].is_same_file(
               seen.entries[i]);
}

// As far as a look tells.
std::optional<Difference> look_at_entry(const Layer& layer,
                                        const LayerSeen& seen,
                                        const LayerContext& context,
                                        std::size_t i) {
    const Entry& entry = layer.entries[i];
    const Status& status = seen.entries[i];
    if (!has_bytes_of(first_name(layer, entry), status) ||
        !has_rights_of(entry, status, context.may_set_owners)) {
        return difference(entry, status, seen);
    }
    if (!is_of_one_file(layer, seen, i)) {
        return Difference{.path = entry.path,
                          .expected = "another name of " + quoted('/' + entry.target),
                          .found = "a file by itself"};
    }
    return std::nullopt;
}

// Reads one entry again.
class Prover {
  public:
    Prover(const Layer& layer,
           const LayerSeen& seen,
           const Roots& roots,
           system::TreeReader& reader)
        : layer_(layer), seen_(seen), roots_(roots), reader_(reader) {}

    // What is there now, in the form of an entry.
    Result<Entry> read(std::size_t i, const Status& status, std::uint64_t& bytes) {
        Entry live = layer_.entries[i];
        live.attributes.mode = live.kind == EntryKind::link ? live.attributes.mode : status.mode;
        live.attributes.uid = status.uid;
        live.attributes.gid = status.gid;
        ENVKEEP_TRY(const system::Place place, roots_.place_of(live.path));
        if (!is_of_one_file(layer_, seen_, i)) {
            live.kind = EntryKind::file;
        }
        if (live.kind == EntryKind::link) {
            live.attributes.modified = status.modified;
            ENVKEEP_TRY(auto* folder, folder_of(place));
            ENVKEEP_TRY(live.target, folder->read_link(std::string(place.path.name())));
        } else if (live.kind == EntryKind::file) {
            live.attributes.modified = status.modified;
            ENVKEEP_CHECK(read_file(place, live, bytes));
        } else if (live.kind == EntryKind::folder) {
            ENVKEEP_TRY(const auto folder, reader_.read_folder(place));
            ENVKEEP_TRY(live.attributes.extended, folder->extended());
        }
        return live;
    }

  private:
    Result<system::FolderReader*> folder_of(const system::Place& place) {
        if (folder_ == nullptr || folder_place_ != place.parent()) {
            ENVKEEP_TRY(folder_, reader_.read_folder(place.parent()));
            folder_place_ = place.parent();
        }
        return folder_.get();
    }

    Result<void> read_file(const system::Place& place, Entry& live, std::uint64_t& bytes) {
        ENVKEEP_TRY(auto* folder, folder_of(place));
        ENVKEEP_TRY(const auto file, folder->open_file(std::string(place.path.name())));
        ENVKEEP_TRY(live.attributes.extended, file->extended());
        ENVKEEP_TRY(const Content content, read_content(*file, buffer_));
        live.size = content.size;
        live.digest = content.digest;
        bytes += content.size;
        return {};
    }

    const Layer& layer_;
    const LayerSeen& seen_;
    const Roots& roots_;
    system::TreeReader& reader_;
    std::shared_ptr<system::FolderReader> folder_;
    system::Place folder_place_;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{1} << 20U);
};

// All entries, shared out to threads in runs.
class DeepLook {
  public:
    DeepLook(const Layer& layer,
             const LayerSeen& seen,
             const LayerContext& context,
             const Roots& roots,
             system::TreeReader& reader,
             const std::function<void(std::uint64_t)>& progress)
        : layer_(layer),
          seen_(seen),
          context_(context),
          roots_(roots),
          reader_(reader),
          progress_(progress),
          live_(layer) {}

    Proof run(unsigned threads) {
        std::vector<std::thread> others;
        try {
            while (others.size() + 1 < threads) {
                others.emplace_back([this] { work(); });
            }
        } catch (const std::system_error&) {
            // The container allows no more: those that there are do it.
        }
        work();
        for (std::thread& other : others) {
            other.join();
        }
        std::vector<Entry>& entries = live_.entries;
        std::erase_if(entries, [&](const Entry& entry) { return entry.path.empty(); });
        proof_.live = digests_of(live_);
        proof_.expected = digests_of(wanted());
        std::ranges::sort(proof_.differences, comes_before, &Difference::path);
        return std::move(proof_);
    }

  private:
    static constexpr std::size_t run_length = 64;

    [[nodiscard]] bool is_wanted(const Entry& entry) const {
        return !context_.is_wanted || context_.is_wanted(layer_.groups.at(entry.group));
    }

    [[nodiscard]] Layer wanted() const {
        Layer wanted = layer_;
        std::erase_if(wanted.entries, [&](const Entry& entry) { return !is_wanted(entry); });
        return wanted;
    }

    void work() {
        Prover prover(layer_, seen_, roots_, reader_);
        while (true) {
            const std::size_t begin = next_.fetch_add(run_length);
            if (begin >= layer_.entries.size()) {
                return;
            }
            const std::size_t end = std::min(begin + run_length, layer_.entries.size());
            for (std::size_t i = begin; i < end; ++i) {
                look(prover, i);
            }
        }
    }

    void look(Prover& prover, std::size_t i) {
        const Entry& entry = layer_.entries[i];
        if (!is_wanted(entry)) {
            live_.entries[i].path.clear();  // not read: no part of the digest
            return;
        }
        const Status& status = seen_.entries[i];
        if (status.kind != kind_of(entry.kind)) {
            live_.entries[i].path.clear();
            tell(difference(entry, status, seen_), 0);
            return;
        }
        std::uint64_t bytes = 0;
        Result<Entry> live = prover.read(i, status, bytes);
        if (!live) {
            live_.entries[i].path.clear();
            tell({.path = entry.path, .expected = "readable", .found = live.error().message},
                 bytes);
            return;
        }
        live_.entries[i] = *std::move(live);
        compare(i, bytes);
    }

    void compare(std::size_t i, std::uint64_t bytes) {
        const Entry& entry = layer_.entries[i];
        const Entry& live = live_.entries[i];
        std::optional<Difference> found = look_at_entry(layer_, seen_, context_, i);
        if (found) {
            // Nothing more is to be told of it.
        } else if (entry.kind == EntryKind::file && live.digest != entry.digest) {
            found = Difference{.path = entry.path,
                               .expected = "bytes " + entry.digest.text(),
                               .found = "bytes " + live.digest.text()};
        } else if (live.target != entry.target) {
            found = Difference{.path = entry.path,
                               .expected = "link to " + quoted(entry.target),
                               .found = "link to " + quoted(live.target)};
        } else if (live.attributes.extended != entry.attributes.extended) {
            found = Difference{.path = entry.path,
                               .expected = "its extended attributes",
                               .found = "other extended attributes"};
        }
        const std::lock_guard lock(mutex_);
        ++proof_.files;
        add(std::move(found), bytes);
    }

    void tell(Difference found, std::uint64_t bytes) {
        const std::lock_guard lock(mutex_);
        add(std::move(found), bytes);
    }

    void add(std::optional<Difference> found, std::uint64_t bytes) {
        if (found) {
            proof_.differences.push_back(*std::move(found));
        }
        proof_.bytes += bytes;
        if (progress_) {
            progress_(proof_.bytes);
        }
    }

    const Layer& layer_;
    const LayerSeen& seen_;
    const LayerContext& context_;
    const Roots& roots_;
    system::TreeReader& reader_;
    const std::function<void(std::uint64_t)>& progress_;
    Layer live_;
    std::atomic<std::size_t> next_ = 0;
    std::mutex mutex_;
    Proof proof_;
};

void add_deleted_ones(const Layer& layer,
                      const LayerSeen& seen,
                      const LayerContext& context,
                      std::vector<Difference>& found) {
    for (std::size_t i = 0; i < layer.deletions.size(); ++i) {
        const Status& status = seen.deletions[i];
        const bool is_wanted =
            !context.is_wanted || context.is_wanted(layer.groups.at(layer.deletions[i].group));
        const Unseen* const unseen = find_path(seen.unseen, layer.deletions[i].path);
        if (is_wanted && (status.kind != Kind::absent || unseen != nullptr)) {
            found.push_back(
                {.path = layer.deletions[i].path,
                 .expected = "nothing",
                 .found = unseen != nullptr ? unseen->why : std::string(word_of(status.kind)),
                 .is_unknown = unseen != nullptr});
        }
    }
}

}  // namespace

std::vector<Difference> differences(const Layer& layer,
                                    const LayerSeen& seen,
                                    const LayerContext& context) {
    std::vector<Difference> found;
    for (std::size_t i = 0; i < layer.entries.size(); ++i) {
        const bool is_wanted =
            !context.is_wanted || context.is_wanted(layer.groups.at(layer.entries[i].group));
        if (auto one = is_wanted ? look_at_entry(layer, seen, context, i) : std::nullopt) {
            found.push_back(*std::move(one));
        }
    }
    add_deleted_ones(layer, seen, context, found);
    std::ranges::stable_sort(found, comes_before, &Difference::path);
    return found;
}

Result<Proof> prove(const Layer& layer,
                    const LayerSeen& seen,
                    const LayerContext& context,
                    const Roots& roots,
                    system::TreeReader& reader,
                    unsigned threads,
                    const std::function<void(std::uint64_t bytes)>& progress) {
    DeepLook look(layer, seen, context, roots, reader, progress);
    Proof proof = look.run(threads);
    add_deleted_ones(layer, seen, context, proof.differences);
    std::ranges::stable_sort(proof.differences, comes_before, &Difference::path);
    return proof;
}

}  // namespace envkeep::snapshot
