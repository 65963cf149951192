// SPDX-License-Identifier: MIT
#include "snapshot/held_here.hpp"

#include "snapshot/entry_status.hpp"
#include "snapshot/find_path.hpp"

namespace envkeep::snapshot {

using system::Kind;
using system::Status;

const Entry& first_name(const Layer& layer, const Entry& entry) {
    const Entry* const first =
        entry.kind == EntryKind::hard_link ? find_path(layer.entries, entry.target) : nullptr;
    return first == nullptr ? entry : *first;
}

bool is_unchanged(const LayerContext& context, const Entry& held, const Status& status) {
    return context.held_until && status.changed < *context.held_until &&
           (held.kind == EntryKind::hard_link ? status.kind == Kind::file
                                              : has_bytes_of(held, status));
}

const Entry* held_at(const LayerContext& context,
                     const Layer& layer,
                     const Entry& entry,
                     const Status& status) {
    if (context.held == nullptr || !context.held_until || status.changed >= *context.held_until) {
        return nullptr;
    }
    const Entry* const held =
        context.held == &layer ? &entry : find_path(context.held->entries, entry.path);
    return held != nullptr && is_unchanged(context, *held, status) ? held : nullptr;
}

bool has_content_of(const Layer& held, const Entry& at_held, const Entry& entry) {
    if (&at_held == &entry) {
        return true;
    }
    return entry.kind == EntryKind::link   ? at_held.target == entry.target
           : entry.kind == EntryKind::file ? first_name(held, at_held).digest == entry.digest
                                           : true;
}

}  // namespace envkeep::snapshot
