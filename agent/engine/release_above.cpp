// SPDX-License-Identifier: MIT
#include "engine/release_above.hpp"

#include "engine/manifest_edit.hpp"
#include "engine/store_side.hpp"
#include "envkeep/manifest/edit.hpp"

#include <algorithm>

namespace envkeep::engine {
namespace {

// The nearest of those that hold here, with variables expanded; a pattern is none.
const manifest::Keep* above(const Session& session, const std::string& typed) {
    const std::string absolute = absolute_of(session, typed);
    const manifest::Keep* nearest = nullptr;
    std::size_t longest = 0;
    for (const manifest::Keep& keep : session.manifest.keeps) {
        const std::string path = absolute_of(session, keep.path);
        if (path.size() > longest && absolute.starts_with(path + "/")) {
            nearest = &keep;
            longest = path.size();
        }
    }
    return nearest;
}

// As the manifest has it.
const manifest::Keep* written(const Session& session, const manifest::Keep& keep) {
    const auto found = std::ranges::find(session.written.keeps, keep.mark, &manifest::Keep::mark);
    return found == session.written.keeps.end() ? nullptr : &*found;
}

}  // namespace

Result<std::string> exclude_above(const Session& after,
                                  const std::string& typed,
                                  const std::string& text) {
    const manifest::Keep* const folder = above(after, typed);
    const manifest::Keep* const entry = folder == nullptr ? nullptr : written(after, *folder);
    if (entry == nullptr) {
        return text;
    }
    ENVKEEP_CHECK(check_is_own(after, *entry, "release"));
    const std::size_t root = absolute_of(after, folder->path).size();
    const std::string below = absolute_of(after, typed).substr(root + 1);
    return manifest::change_keep(text, entry->path, {.how = {}, .exclude = below});
}

Result<std::vector<std::string>> exclude_all(const Session& after,
                                             const std::vector<std::string>& own,
                                             std::string& text) {
    std::vector<std::string> excluded;
    for (const std::string& typed : own) {
        const std::string absolute = absolute_of(after, typed);
        const bool is_in_another = std::ranges::any_of(own, [&](const std::string& other) {
            return absolute.starts_with(absolute_of(after, other) + "/");
        });
        if (is_in_another) {
            continue;
        }
        ENVKEEP_TRY(std::string changed, exclude_above(after, typed, text));
        if (changed != text) {
            text = std::move(changed);
            excluded.push_back(typed);
        }
    }
    return excluded;
}

std::vector<std::string> entries_above(const Session& after,
                                       const std::vector<std::string>& typed) {
    std::vector<std::string> entries;
    for (const std::string& one : typed) {
        const manifest::Keep* const folder = above(after, one);
        const manifest::Keep* const entry = folder == nullptr ? nullptr : written(after, *folder);
        if (entry == nullptr) {
            continue;
        }
        std::string entry_text = manifest::keep_text(*entry);
        if (std::ranges::find(entries, entry_text) == entries.end()) {
            entries.push_back(std::move(entry_text));
        }
    }
    return entries;
}

bool brings(const keep::WantedKeep& keep, const std::string& subject) {
    return keep.form != keep::Form::folder && has_part(keep, keep.subject, subject);
}

const manifest::Keep* entry_that_keeps(
    const Session& session,
    const std::string& subject,
    const std::function<Result<keep::Wanted>(const manifest::Manifest&)>& resolved) {
    manifest::Manifest one = session.manifest;
    for (const manifest::Keep& keep : session.manifest.keeps) {
        one.keeps = {keep};
        const auto wanted = resolved(one);
        const bool is_it = wanted && std::ranges::any_of(wanted->keeps, [&](const auto& part) {
                               return part.origin == keep::Origin::keep && brings(part, subject);
                           });
        if (is_it) {
            return &keep;
        }
    }
    return nullptr;
}

}  // namespace envkeep::engine
