// SPDX-License-Identifier: MIT
#include "envkeep/keep/merge.hpp"

#include "envkeep/core/text.hpp"
#include "keep/merge_memory.hpp"
#include "keep/merge_text.hpp"
#include "keep/modes_keys.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Place;
using system::Status;

// What the program says by its exit status.
constexpr int refuses = 3;
constexpr int is_locked = 4;

Place beside(const Place& place, std::string_view suffix) {
    return place.parent().child(std::string(place.path.name()).append(suffix));
}

Merged refused(std::string reason) {
    return {.end = MergeEnd::refused, .reason = std::move(reason)};
}

bool is_newest_first(const Place& place) {
    return place.path.name() == ".node_repl_history";
}

}  // namespace

Result<Status> Merger::status_of(const Place& home) {
    ENVKEEP_TRY(Status status, files_.status(home));
    const auto journal = files_.status(beside(home, journal_suffixes.front()));
    if (status.kind == Kind::file && journal && journal->kind == Kind::file) {
        status.size += journal->size;
        status.modified = std::max(status.modified, journal->modified);
        status.changed = std::max(status.changed, journal->changed);
    }
    return status;
}

Merged Merger::merge(const MergeRequest& request) {
    constexpr std::size_t head_size = 16;
    const auto here = files_.read_head(request.home, head_size);
    if (!here) {
        return {.end = MergeEnd::later, .reason = here.error().message};
    }
    const bool is_in_store = request.store_seen.kind == Kind::file;
    const auto there = is_in_store ? files_.read_head(request.store, head_size)
                                   : Result<std::string>(std::string());
    if (!there) {
        return {.end = MergeEnd::later, .reason = there.error().message};
    }
    if (is_database(*here) || is_database(*there)) {
        return merge_databases(request);
    }
    // What failed once may go well now: two versions side by side would be work for the user.
    Merged merged = merge_texts(request);
    return merged.end == MergeEnd::refused ? merge_texts(request) : merged;
}

Merged Merger::merge_texts(const MergeRequest& request) {
    MergeMemory memory(tools_.home, files_, writer_);
    const bool is_in_store = request.store_seen.kind == Kind::file;
    auto home = files_.read_file(request.home, largest_history);
    const auto store = is_in_store ? files_.read_file(request.store, largest_history)
                                   : Result<std::string>(std::string());
    if (!home || !store) {
        return refused(home ? store.error().message : home.error().message);
    }
    const auto now = status_of(request.home);
    if (!now || !is_unchanged(request.home_seen, *now)) {
        return {.end = MergeEnd::later};  // the next round finds it whole
    }
    if (!is_history(*home) || !is_history(*store)) {
        return refused("it is neither a history of lines nor a database");
    }
    const Digest last = request.record != nullptr ? request.record->digest : Digest{};
    const bool is_as_left = is_in_store && last != Digest{} && digest_of(*store) == last;
    std::string text;
    if (!is_in_store || is_as_left) {
        text = *home;
    } else {
        std::optional<std::string> before =
            request.record != nullptr ? memory.known(request.home) : std::nullopt;
        if (before && last != Digest{} && digest_of(*before) != last) {
            before.reset();
        }
        // A save that was killed, but for its last word.
        const auto prepared = files_.read_file(memory.prepared(request.home), 2 * largest_history);
        if (before && prepared && holds_all(*store, *prepared)) {
            before = *prepared;
        }
        text = united({.before = before,
                       .store = *store,
                       .home = *home,
                       .is_newest_first = is_newest_first(request.home)});
    }
    Merged merged{.holds_old = !is_as_left || holds_all(*home, *store),
                  .digest = text == *home ? digest_of(text) : Digest{}};
    if (is_in_store && text == *store) {
        memory.remember(request.home, *home);
        merged.end = MergeEnd::nothing_new;
        return merged;
    }
    const auto seen = memory.make_folder()
                          .and_then([&] {
                              return writer_.overwrite_own_file(
                                  memory.prepared(request.home), text, request.home_seen.mode);
                          })
                          .and_then([&] { return files_.status(memory.prepared(request.home)); });
    if (!seen) {
        return refused(seen.error().message);
    }
    in_union_.insert_or_assign(memory.prepared(request.home),
                               Taken{.home = request.home, .text = *std::move(home)});
    merged.end = MergeEnd::prepared;
    merged.prepared = memory.prepared(request.home);
    merged.seen = *seen;
    return merged;
}

Merged Merger::merge_databases(const MergeRequest& request) {
    MergeMemory memory(tools_.home, files_, writer_);
    Merged merged = refused("no Python was found here that can merge it");
    if (processes_ != nullptr && !pythons_) {
        pythons_ = tools_.pythons();
    }
    if (tools_.limit <= std::chrono::milliseconds::zero()) {
        merged = {.end = MergeEnd::later, .reason = "merging the others took all the time"};
    } else if (pythons_ && !pythons_->empty()) {
        const Digest last = request.record != nullptr ? request.record->digest : Digest{};
        const bool is_whole = request.store_seen.kind == Kind::file && last != Digest{} &&
                              !has_journal(request.store) &&
                              files_.digest(request.store).value_or(Digest{}) == last;
        const Place work =
            memory.prepared(request.home).parent().child("work-" + machine_.random_id());
        if (const auto made =
                memory.make_folder().and_then([&] { return writer_.make_folder(work, 0700); });
            !made) {
            merged = refused(made.error().message);
        } else {
            const SteadyTime begun = machine_.steady_now();
            merged = run_program(request, is_whole, work);
            tools_.limit -= std::chrono::duration_cast<std::chrono::milliseconds>(
                machine_.steady_now() - begun);
            static_cast<void>(writer_.remove_own_tree(work));
        }
    }
    merged.may_be_copied = !has_journal(request.home) && !has_journal(request.store);
    return merged;
}

Merged Merger::run_program(const MergeRequest& request, bool is_whole, const Place& work) {
    Merged merged;
    std::optional<system::CommandEnd> end;
    for (const std::string& python : *pythons_) {
        const auto ran = processes_->run(
            {.words = {python,
                       "-ISBc",
                       std::string(tools_.program),
                       files_.absolute(request.home),
                       request.store_seen.kind == Kind::file ? files_.absolute(request.store) : "",
                       files_.absolute(work),
                       is_whole ? "whole" : "unite"},
             .limit = tools_.limit});
        if (ran && (ran->is_well() || ran->is_over_time || ran->exit_code == refuses ||
                    ran->exit_code == is_locked)) {
            end = *ran;
            break;
        }
        merged.reason = ran ? printable(trimmed(ran->output)) : ran.error().message;
    }
    if (!end || !end->is_well()) {
        if (end) {
            merged.reason =
                end->is_over_time ? "merging it takes too long" : printable(trimmed(end->output));
            merged.end = end->exit_code == is_locked ? MergeEnd::later : MergeEnd::refused;
        }
        return merged;
    }
    const std::string_view word = trimmed(end->output);
    const Digest last = request.record != nullptr ? request.record->digest : Digest{};
    if (word == "same") {
        return {.end = MergeEnd::nothing_new, .digest = is_whole ? last : Digest{}};
    }
    MergeMemory memory(tools_.home, files_, writer_);
    const Place made = work.child("united");
    merged.prepared = memory.prepared(request.home);
    const auto old = files_.status(merged.prepared);
    if (old && old->kind == Kind::file) {
        static_cast<void>(writer_.remove_file(merged.prepared, *old));
    }
    const auto seen = files_.status(made)
                          .and_then([&](const Status& fresh) {
                              return writer_.set_mode(made, fresh, request.home_seen.mode);
                          })
                          .and_then([&] { return writer_.move(made, merged.prepared); })
                          .and_then([&] { return files_.status(merged.prepared); });
    if (!seen) {
        return refused(seen.error().message);
    }
    merged.end = MergeEnd::prepared;
    merged.seen = *seen;
    merged.holds_old = word == "held";
    const bool home_has_all = is_whole || request.store_seen.kind == Kind::absent;
    merged.digest = home_has_all ? files_.digest(merged.prepared).value_or(Digest{}) : Digest{};
    return merged;
}

void Merger::settle(const Place& prepared) {
    if (const auto text = in_union_.find(prepared); text != in_union_.end()) {
        MergeMemory(tools_.home, files_, writer_).remember(text->second.home, text->second.text);
    }
    const auto done = files_.status(prepared);
    if (done && done->kind == Kind::file) {
        static_cast<void>(writer_.remove_file(prepared, *done));
    }
}

void Merger::note(const Place& home) {
    MergeMemory memory(tools_.home, files_, writer_);
    if (!memory.is_known(home)) {
        memory.remember_content_of(home, home);
    }
}

bool Merger::has_journal(const Place& database) {
    return std::ranges::any_of(journal_suffixes, [&](std::string_view suffix) {
        const auto status = files_.status(beside(database, suffix));
        return suffix != "-shm" && (!status || (status->kind != Kind::absent && status->size > 0));
    });
}

}  // namespace envkeep::keep
