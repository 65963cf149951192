// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/unpack.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/entry_writer.hpp"
#include "snapshot/frame_feed.hpp"
#include "snapshot/threads.hpp"
#include "snapshot/unpack_ledger.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace envkeep::snapshot {
namespace {

using Indices = std::vector<std::size_t>;  // into the steps
using DoOne = std::function<void(std::size_t step, EntryWriter& writer)>;

constexpr std::size_t at_once = 64;  // steps that a thread takes
constexpr unsigned first_claim = 2;  // the stage from which on files say that others are there

// What happens in one stage.
struct Stage {
    Indices loose;  // links, empty files, attributes: what needs no frame
    std::deque<FileInParts> in_parts;
    std::vector<Extent> extents;
    Indices hard_links;
};

class Unpacker {
  public:
    Unpacker(const Layer& layer,
             std::span<const LayerStep> steps,
             const Roots& roots,
             system::TreeWriter& writer,
             const UnpackOptions& options)
        : layer_(layer),
          steps_(steps),
          roots_(roots),
          writer_(writer),
          options_(options),
          ledger_(layer, steps, options) {}

    UnpackReport run(PackShelf& shelf) {
        sort_into_stages();
        make_folders();
        for (unsigned stage = 0; stage < stages; ++stage) {
            if (stage >= first_claim) {
                hold_back(stages_.at(stage));
            }
            run_stage(stages_.at(stage), shelf);
        }
        complete_folders();
        return ledger_.report();
    }

  private:
    [[nodiscard]] const Entry& entry_of(std::size_t step) const {
        return layer_.entries[steps_[step].entry];
    }

    [[nodiscard]] EntryWriter entry_writer() const { return {layer_, roots_, writer_}; }

    void sort_into_stages();
    void make_folders();
    void hold_back(Indices& steps);
    void complete_folders();
    void do_all(const Indices& steps, const DoOne& do_one);
    void share(const Indices& steps,
               std::atomic<std::size_t>& next,
               const std::function<void(std::size_t)>& do_one);
    void run_stage(const Indices& steps, PackShelf& shelf);
    void place(std::size_t step, Stage& stage, PackShelf& shelf);
    void work(const Stage& stage, std::atomic<std::size_t>& next_loose, FrameFeed& feed);
    void do_loose(std::size_t step, EntryWriter& writer);
    void do_frame(const FetchedFrame& frame,
                  const Result<std::span<const std::byte>>& plain,
                  EntryWriter& writer);
    void do_small(const Piece& piece, std::span<const std::byte> bytes, EntryWriter& writer);
    void do_part(const Piece& piece, std::span<const std::byte> bytes, EntryWriter& writer);

    const Layer& layer_;
    std::span<const LayerStep> steps_;
    const Roots& roots_;
    system::TreeWriter& writer_;
    const UnpackOptions& options_;
    UnpackLedger ledger_;
    std::map<std::size_t, Indices> folders_;  // by depth: none needs another of its level
    std::array<Indices, stages> stages_;
    const PackShelf* shelf_ = nullptr;
};

void Unpacker::sort_into_stages() {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (steps_[i].entry >= layer_.entries.size()) {
            ledger_.failed(i, {.kind = ErrorKind::usage, .message = "there is no such entry"});
        } else if (entry_of(i).kind == EntryKind::folder) {
            folders_[static_cast<std::size_t>(std::ranges::count(entry_of(i).path, '/'))].push_back(
                i);
        } else {
            stages_.at(stage_of(entry_of(i))).push_back(i);
        }
    }
}

void Unpacker::make_folders() {
    for (const auto& [depth, level] : folders_) {
        do_all(level, [this](std::size_t step, EntryWriter& writer) {
            if (steps_[step].change != LayerChange::attributes) {
                ledger_.note(step, writer.make_folder(steps_[step]));
            }
        });
    }
}

// A package manager must not believe in a package that is there in part.
void Unpacker::hold_back(Indices& steps) {
    const std::set<std::uint32_t> incomplete = ledger_.incomplete();
    const bool lacks_debian_files = std::ranges::any_of(incomplete, [this](std::uint32_t group) {
        return group < layer_.groups.size() && layer_.groups[group].domain == Domain::apt;
    });
    std::erase_if(steps, [&](std::size_t step) {
        const Entry& entry = entry_of(step);
        const bool claims_missing = incomplete.contains(entry.group) ||
                                    (lacks_debian_files && entry.path.starts_with("var/lib/dpkg/"));
        if (claims_missing) {
            ledger_.failed(step,
                           {.kind = ErrorKind::io,
                            .message = "held back, since what it tells of is not all there"});
        }
        return claims_missing;
    });
}

// The deepest first: what is made in a folder changes its time, and its mode may forbid it.
void Unpacker::complete_folders() {
    for (auto level = folders_.rbegin(); level != folders_.rend(); ++level) {
        do_all(level->second, [this](std::size_t step, EntryWriter& writer) {
            if (!ledger_.has_failed(step)) {
                ledger_.note(step, writer.complete_folder(steps_[step]));
            }
        });
    }
}

void Unpacker::do_all(const Indices& steps, const DoOne& do_one) {
    std::atomic<std::size_t> next = 0;
    const bool is_little = steps.size() <= at_once;
    run_on_threads(is_little ? 1 : options_.threads, [&] {
        EntryWriter writer = entry_writer();
        share(steps, next, [&](std::size_t step) { do_one(step, writer); });
    });
}

// Does some of the steps, as the other threads that share `next` do the others.
void Unpacker::share(const Indices& steps,
                     std::atomic<std::size_t>& next,
                     const std::function<void(std::size_t)>& do_one) {
    while (ledger_.may_go_on()) {
        const std::size_t first = next.fetch_add(at_once);
        const std::size_t end = std::min(first + at_once, steps.size());
        if (first >= end) {
            return;
        }
        for (std::size_t i = first; i < end; ++i) {
            do_one(steps[i]);
        }
    }
}

void Unpacker::place(std::size_t step, Stage& stage, PackShelf& shelf) {
    const Entry& entry = entry_of(step);
    const bool is_made = steps_[step].change != LayerChange::attributes;
    if (is_made && entry.kind == EntryKind::hard_link) {
        stage.hard_links.push_back(step);
    } else if (is_made && entry.kind == EntryKind::file && entry.size > 0) {
        const auto is_in_one = shelf.is_in_one_frame(entry.location, entry.size);
        if (!is_in_one) {
            ledger_.failed(step, is_in_one.error());
            return;
        }
        Extent extent{.step = step, .where = entry.location, .size = entry.size};
        if (!*is_in_one || entry.is_sparse) {
            extent.parts = &stage.in_parts.emplace_back(entry);
        }
        stage.extents.push_back(extent);
    } else if (entry.kind != EntryKind::hard_link) {
        stage.loose.push_back(step);
    }
}

void Unpacker::run_stage(const Indices& steps, PackShelf& shelf) {
    if (steps.empty() || ledger_.is_stopped()) {
        return;
    }
    Stage stage;
    for (const std::size_t step : steps) {
        place(step, stage, shelf);
    }
    shelf_ = &shelf;
    const bool needs_one = stage.extents.size() + stage.loose.size() < 2;
    const unsigned readers = stage.extents.empty() ? 0 : options_.readers;
    FrameFeed feed(FrameSchedule(std::move(stage.extents), shelf), shelf, readers, [this] {
        return ledger_.may_go_on();
    });
    std::atomic<std::size_t> next_loose = 0;
    run_on_threads(needs_one ? 1 : options_.threads, [&] { work(stage, next_loose, feed); });
    EntryWriter writer = entry_writer();
    for (const std::size_t step : stage.hard_links) {
        if (ledger_.is_stopped()) {
            return;
        }
        ledger_.note(step, writer.make_hard_link(steps_[step]));
    }
}

void Unpacker::work(const Stage& stage, std::atomic<std::size_t>& next_loose, FrameFeed& feed) {
    EntryWriter writer = entry_writer();
    share(stage.loose, next_loose, [&](std::size_t step) { do_loose(step, writer); });
    FrameDecoder decoder;
    Bytes room;
    while (const std::optional<FetchedFrame> frame = feed.next()) {
        const PackIndex& index = shelf_->index(frame->task.pack);
        const std::size_t size = index.frames[frame->task.frame].plain;
        room.resize(std::max(room.size(), size));
        const std::span<std::byte> plain = std::span(room).first(size);
        // Not proven as a whole: each file in it will be.
        const auto decoded = frame->packed.and_then(
            [&](const Bytes& packed) { return decoder.decode(packed, plain); });
        do_frame(*frame, decoded.map([&] { return std::span<const std::byte>(plain); }), writer);
    }
}

void Unpacker::do_loose(std::size_t step, EntryWriter& writer) {
    const LayerStep& it = steps_[step];
    const bool is_link = entry_of(step).kind == EntryKind::link;
    if (it.change == LayerChange::attributes) {
        ledger_.note(step, writer.set_attributes(it));
    } else {
        ledger_.note(step, is_link ? writer.make_link(it) : writer.make_file(it, {}));
    }
}

void Unpacker::do_frame(const FetchedFrame& frame,
                        const Result<std::span<const std::byte>>& plain,
                        EntryWriter& writer) {
    for (const Piece& piece : frame.task.pieces) {
        FileInParts* const parts = piece.extent->parts;
        if (!plain) {
            if (parts == nullptr || parts->give_up()) {
                ledger_.failed(piece.extent->step, plain.error());
            }
        } else if (parts != nullptr) {
            do_part(piece, plain->subspan(piece.in_frame, piece.length), writer);
        } else {
            do_small(piece, plain->subspan(piece.in_frame, piece.length), writer);
        }
    }
    ledger_.show_progress();
}

void Unpacker::do_small(const Piece& piece, std::span<const std::byte> bytes, EntryWriter& writer) {
    const std::size_t step = piece.extent->step;
    Hasher hasher;
    hasher.update(bytes);
    if (hasher.digest() != entry_of(step).digest) {
        ledger_.failed(
            step, {.kind = ErrorKind::io, .message = "damaged data: the file has another digest"});
        return;
    }
    ledger_.note(step, writer.make_file(steps_[step], bytes));
}

void Unpacker::do_part(const Piece& piece, std::span<const std::byte> bytes, EntryWriter& writer) {
    const std::size_t step = piece.extent->step;
    const auto progress = piece.extent->parts->add(
        piece.in_file, bytes, [&] { return writer.begin_file(steps_[step]); });
    if (!progress) {
        ledger_.failed(step, progress.error());
    } else if (*progress == FileInParts::Progress::complete) {
        ledger_.note(step, {});
    }
}

}  // namespace

UnpackReport unpack(const Layer& layer,
                    std::span<const LayerStep> steps,
                    const Roots& roots,
                    const system::Place& packs_folder,
                    system::TreeReader& reader,
                    system::TreeWriter& writer,
                    const UnpackOptions& options) {
    PackShelf shelf(layer.packs, packs_folder, reader);
    return Unpacker(layer, steps, roots, writer, options).run(shelf);
}

}  // namespace envkeep::snapshot
