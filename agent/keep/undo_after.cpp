// SPDX-License-Identifier: MIT
#include "keep/undo_after.hpp"

#include "envkeep/core/match.hpp"

namespace envkeep::keep {

using system::Kind;

After::Change After::resolve(const std::string& path) const {
    for (std::string above = path; above != "/"; above = parent_of(above)) {
        const auto changed = changed_.find(above);
        if (changed == changed_.end()) {
            continue;
        }
        const std::string rest = path.substr(above.size());
        if (const auto* const bytes = std::get_if<Bytes>(&changed->second)) {
            return Bytes{bytes->at + rest};
        }
        // Nothing of ours is below a link.
        return rest.empty() ? changed->second : Change(Gone{});
    }
    return Bytes{path};
}

Result<system::Seen> After::look(const std::string& path) {
    return match(
        resolve(path),
        [](const Gone&) { return Result<system::Seen>(); },
        [](const Link& link) {
            return Result<system::Seen>({.status = {.kind = Kind::link}, .target = link.target});
        },
        [&](const Bytes& bytes) { return paths_.look(bytes.at); });
}

Result<std::optional<system::Place>> After::now_at(const std::string& path) const {
    const Change found = resolve(path);
    const auto* const bytes = std::get_if<Bytes>(&found);
    if (bytes == nullptr) {
        return std::nullopt;
    }
    return paths_.place_of(bytes->at);
}

Result<bool> After::is_empty_folder(const std::string& path) {
    ENVKEEP_TRY(const std::optional<system::Place> place, now_at(path));
    if (!place) {
        return false;
    }
    ENVKEEP_TRY(const std::vector<system::Entry> entries, files_.list(*place));
    for (const system::Entry& entry : entries) {
        ENVKEEP_TRY(const system::Seen seen, look(path + '/' + entry.name));
        if (seen.status.kind != Kind::absent) {
            return false;
        }
    }
    return true;
}

void After::will_be_moved(const std::string& from, const std::string& to) {
    will_be_copied(from, to);
    will_be_gone(from);
}

void After::will_be_copied(const std::string& from, const std::string& to) {
    changed_[to] = resolve(from);
}

}  // namespace envkeep::keep
