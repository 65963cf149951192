// SPDX-License-Identifier: MIT
#include "keep/undo_after.hpp"

#include "envkeep/core/match.hpp"

#include <algorithm>

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

system::Seen After::look(const std::string& path) {
    return match(
        resolve(path),
        [](const Gone&) { return system::Seen{}; },
        [](const Link& link) {
            return system::Seen{.status = {.kind = Kind::link}, .target = link.target};
        },
        [&](const Bytes& bytes) { return paths_.look(bytes.at); });
}

std::optional<system::Place> After::now_at(const std::string& path) const {
    const Change found = resolve(path);
    const auto* const bytes = std::get_if<Bytes>(&found);
    if (bytes == nullptr) {
        return std::nullopt;
    }
    const Result<system::Place> place = paths_.place_of(bytes->at);
    return place ? std::optional(*place) : std::nullopt;
}

bool After::is_empty_folder(const std::string& path) {
    const std::optional<system::Place> place = now_at(path);
    if (!place) {
        return false;
    }
    const Result<std::vector<system::Entry>> entries = files_.list(*place);
    return entries && std::all_of(entries->begin(), entries->end(), [&](const auto& entry) {
               return look(path + '/' + entry.name).status.kind == Kind::absent;
           });
}

void After::will_be_moved(const std::string& from, const std::string& to) {
    will_be_copied(from, to);
    will_be_gone(from);
}

void After::will_be_copied(const std::string& from, const std::string& to) {
    changed_[to] = resolve(from);
}

}  // namespace envkeep::keep
