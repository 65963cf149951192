// SPDX-License-Identifier: MIT
#include "keep/save_file.hpp"

namespace envkeep::keep {

using system::Kind;
using system::Status;

namespace {

// The next round may find it whole.
Error now_changing() {
    return {.kind = ErrorKind::conflict,
            .message = "it changed while it was read",
            .hint = "end the program that writes there, or save again when it pauses"};
}

}  // namespace

void FileSaver::save_file(const SavePair& pair, const Status& home) {
    if (pair.merges && merger_ != nullptr) {
        save_merged(pair);
        return;
    }
    const store::RestoredFile* const record = pair.record;
    if (record != nullptr && is_unchanged(record->home_seen, home)) {
        writer_.hold(pair);
        return;
    }
    const auto store = files_.status(pair.store);
    if (!store) {
        writer_.say_failed(pair, store.error());
        writer_.hold(pair);
        return;
    }
    if (store->kind == Kind::absent) {
        writer_.seed(pair, home, {});
        return;
    }
    if (store->kind != Kind::file) {
        writer_.keep_both(pair, home, {});
        return;
    }
    const bool is_store_as_before = record != nullptr && is_unchanged(record->store_seen, *store);
    if (is_store_as_before && home.size != store->size) {
        writer_.copy_back(pair, home, *store);
        return;
    }
    compare(pair, home, *store);
}

void FileSaver::save_merged(const SavePair& pair) {
    const auto home = merger_->status_of(pair.home);
    const auto store = files_.status(pair.store);
    if (home && pair.record != nullptr && is_unchanged(pair.record->home_seen, *home)) {
        writer_.hold(pair);
        merger_->note(pair.home);
        return;
    }
    if (!home || !store) {
        writer_.say_failed(pair, home ? store.error() : home.error());
        writer_.hold(pair);
        return;
    }
    if (store->kind != Kind::file && store->kind != Kind::absent) {
        writer_.keep_both(pair, *home, {});
        return;
    }
    const Merged merged = merger_->merge({.home = pair.home,
                                          .store = pair.store,
                                          .home_seen = *home,
                                          .store_seen = *store,
                                          .record = pair.record});
    switch (merged.end) {
        case MergeEnd::nothing_new:
            writer_.refresh(pair, {.home = *home, .store = *store, .digest = merged.digest});
            break;
        case MergeEnd::prepared:
            writer_.bring_united(pair, *home, *store, merged);
            break;
        case MergeEnd::later:
            hold_unread(pair,
                        merged.reason.empty()
                            ? now_changing()
                            : Error{.message = merged.reason, .hint = "save again later"});
            break;
        case MergeEnd::refused:
            cannot_merge(pair, *home, *store, merged);
            break;
    }
}

// Then it is a copy as any other, if its bytes can be one.
void FileSaver::cannot_merge(const SavePair& pair,
                             const Status& home,
                             const Status& store,
                             const Merged& merged) {
    if (!merged.may_be_copied) {
        writer_.say_failed(pair,
                           {.message = merged.reason + ", and it is in use",
                            .hint = "close what has it open, then save again"});
        writer_.hold(pair);
    } else if (store.kind == Kind::absent) {
        writer_.seed(pair, home, {});
    } else {
        compare(pair, home, store);
        writer_.add_evidence(pair, merged.reason);
    }
}

void FileSaver::compare(const SavePair& pair, const Status& home, const Status& store) {
    const auto here = files_.digest(pair.home);
    const auto now = files_.status(pair.home);
    if (!here || !now || !is_unchanged(home, *now)) {
        hold_unread(pair, here ? now_changing() : here.error());
        return;
    }
    const auto there = files_.digest(pair.store);
    if (!there) {
        writer_.say_failed(pair, there.error());
        writer_.hold(pair);
        return;
    }
    const Digest before = pair.record != nullptr ? pair.record->digest : Digest{};
    const bool is_known = before != Digest{};
    // After a union the store holds more than this home.
    const bool is_store_as_before = pair.record != nullptr && (!pair.merges || is_known) &&
                                    is_unchanged(pair.record->store_seen, store);
    if (*here == *there) {
        writer_.refresh(pair, {.home = home, .store = store, .digest = *here});
    } else if (is_store_as_before || (is_known && *there == before)) {
        writer_.copy_back(pair, home, store);
    } else if (is_known && *here == before) {
        // Only its times changed here; what the store has is newer.
        writer_.refresh(pair, {.home = home, .store = pair.record->store_seen, .digest = before});
    } else {
        writer_.keep_both(pair, home, {});
    }
}

// What is gone by now is no change to be saved.
void FileSaver::hold_unread(const SavePair& pair, const Error& why) {
    const auto now = files_.status(pair.home);
    if (!now || now->kind != Kind::absent) {
        writer_.say_failed(pair, why);
    }
    writer_.hold(pair);
}

void FileSaver::save_link(const SavePair& pair, const Status& home) {
    const auto target = files_.read_link(pair.home);
    if (!target) {
        hold_unread(pair, target.error());
        return;
    }
    if (is_ours(*target)) {
        writer_.hold(pair);
        return;
    }
    const Digest digest = digest_of(*target);
    if (pair.record != nullptr && pair.record->digest == digest) {
        writer_.hold(pair);
        return;
    }
    const auto store = files_.look(pair.store);
    if (!store) {
        writer_.say_failed(pair, store.error());
        writer_.hold(pair);
    } else if (store->status.kind == Kind::absent) {
        writer_.seed(pair, home, {});
    } else if (store->status.kind == Kind::link && store->target == *target) {
        writer_.refresh(pair, {.home = home, .store = store->status, .digest = digest});
    } else if (store->status.kind == Kind::link && pair.record != nullptr &&
               pair.record->digest == digest_of(store->target)) {
        writer_.copy_back(pair, home, store->status);
    } else {
        writer_.keep_both(pair, home, {});
    }
}

bool FileSaver::is_ours(const std::string& target) const {
    return !store_path_.empty() && target.starts_with(store_path_) &&
           (target.size() == store_path_.size() || target[store_path_.size()] == '/');
}

}  // namespace envkeep::keep
