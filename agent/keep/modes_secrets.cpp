// SPDX-License-Identifier: MIT
#include "keep/modes_secrets.hpp"

#include "keep/modes_nested.hpp"
#include "keep/well_known.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace envkeep::keep {
namespace {

using manifest::Preset;
using system::Kind;

// What is at both ends of a keep.
struct Ends {
    system::Status home;
    system::Status store;
    bool is_blocked = false;
};

bool is_within_any(const std::vector<RelPath>& paths, const RelPath& path) {
    return std::ranges::any_of(paths, [&](const RelPath& one) { return path.is_within(one); });
}

// A name that comes or goes changes both times of its folder.
void hash_folder(const system::Status& folder, Hasher& hasher) {
    const std::array<std::int64_t, 4> numbers{static_cast<std::int64_t>(folder.device),
                                              static_cast<std::int64_t>(folder.inode),
                                              folder.modified.time_since_epoch().count(),
                                              folder.changed.time_since_epoch().count()};
    hasher.update(std::as_bytes(std::span(numbers)));
}

class SecretFinder {
  public:
    SecretFinder(const Wanted& wanted, const ModesContext& context, system::FileReader& files)
        : wanted_(wanted), context_(context), files_(files) {}

    KeptSecrets find() {
        for (std::size_t i = 0; i < wanted_.keeps.size(); ++i) {
            const WantedKeep& keep = wanted_.keeps[i];
            if (keep.guards_secrets && keep.preset == Preset::none && keep.form != Form::folder) {
                look_at(keep, ends_of(keep, i));
            }
        }
        if (!folders_.empty()) {
            take_names();
        }
        for (auto& [keep, secrets] : found_.of) {
            std::ranges::sort(secrets, {}, &KeptSecret::below);
        }
        return std::move(found_);
    }

  private:
    // A kept folder, or one in the way of its link.
    struct Folder {
        const WantedKeep* keep;
        system::Place place;
        bool is_in_home;
    };

    Ends ends_of(const WantedKeep& keep, std::size_t index) {
        if (context_.observation != nullptr) {
            const KeepSeen& seen = context_.observation->keeps.at(index);
            return {.home = seen.home,
                    .store = seen.uses_fallback ? system::Status{} : seen.store,
                    .is_blocked = seen.obstacle != Obstacle::none};
        }
        return {.home = files_.status(keep.place).value_or(system::Status{}),
                .store = files_.status(keep.source).value_or(system::Status{})};
    }

    void look_at(const WantedKeep& keep, const Ends& ends) {
        const bool is_real = ends.home.kind == Kind::folder;
        const bool is_stored = ends.store.kind == Kind::folder;
        if (ends.is_blocked || !(is_real || is_stored)) {
            return;
        }
        const std::string& path = keep.place.path.text();
        for (RelPath& below : well_known_below(path)) {
            add(keep,
                {.below = std::move(below), .preset = Preset::secrets, .may_be_in_home = is_real});
        }
        hasher_.update(path);
        if (is_stored) {
            hash_folder(ends.store, hasher_);
            folders_.push_back({.keep = &keep, .place = keep.source, .is_in_home = false});
        }
        if (is_real) {
            hash_folder(ends.home, hasher_);
            folders_.push_back({.keep = &keep, .place = keep.place, .is_in_home = true});
        }
    }

    void take_names() {
        const Digest folders = hasher_.digest();
        const bool is_known = context_.state != nullptr && context_.state->secret_names &&
                              context_.state->secret_names->folders == folders;
        if (is_known) {
            found_.names = context_.state->secret_names;
            known_.insert(found_.names->found.begin(), found_.names->found.end());
        } else {
            found_.names = {.folders = folders, .found = {}};
        }
        if (is_known && known_.empty()) {
            return;
        }
        for (const Folder& folder : folders_) {
            for (const std::string& name : is_known ? known_in(folder) : listed_in(folder)) {
                add(*folder.keep,
                    {.below = RelPath{}.child(name),
                     .preset = preset_of_name(name),
                     .may_be_in_home = folder.is_in_home});
            }
        }
        if (!is_known) {
            found_.names->found.assign(known_.begin(), known_.end());
        }
    }

    [[nodiscard]] std::vector<std::string> known_in(const Folder& folder) const {
        std::vector<std::string> names;
        for (const std::string& path : known_) {
            const auto known = RelPath::parse(path);
            if (known && !known->is_root() && known->parent() == folder.keep->place.path) {
                names.emplace_back(known->name());
            }
        }
        return names;
    }

    std::vector<std::string> listed_in(const Folder& folder) {
        std::vector<std::string> names;
        const auto entries = files_.list(folder.place);
        for (const system::Entry& entry : entries ? *entries : std::vector<system::Entry>()) {
            if (entry.kind != Kind::link && preset_of_name(entry.name) != Preset::none) {
                names.push_back(entry.name);
                known_.insert(folder.keep->place.path.child(entry.name).text());
            }
        }
        return names;
    }

    // Unless it has an entry of its own or is left out.
    void add(const WantedKeep& keep, KeptSecret secret) {
        if (!nested_) {
            nested_.emplace(wanted_);
        }
        if (is_within_any(keep.leaves_out, secret.below) ||
            is_within_any(nested_->below(keep.place), secret.below)) {
            return;
        }
        std::vector<KeptSecret>& secrets = found_.of[&keep];
        const auto twin = std::ranges::find(secrets, secret.below, &KeptSecret::below);
        if (twin == secrets.end()) {
            secrets.push_back(std::move(secret));
        } else {
            twin->may_be_in_home = twin->may_be_in_home || secret.may_be_in_home;
        }
    }

    const Wanted& wanted_;
    const ModesContext& context_;
    system::FileReader& files_;
    std::optional<NestedKeeps> nested_;
    Hasher hasher_;
    std::vector<Folder> folders_;
    std::set<std::string> known_;  // paths below the home
    KeptSecrets found_;
};

}  // namespace

KeptSecrets find_secrets(const Wanted& wanted,
                         const ModesContext& context,
                         system::FileReader& files) {
    const bool is_due = std::ranges::any_of(
        wanted.keeps, [](const WantedKeep& keep) { return keep.guards_secrets; });
    return is_due ? SecretFinder(wanted, context, files).find() : KeptSecrets{};
}

WantedKeep keep_of(const WantedKeep& keep, const KeptSecret& secret) {
    WantedKeep part = keep;
    part.subject += "/" + secret.below.text();
    part.place.path = keep.place.path.joined(secret.below);
    part.source.path = keep.source.path.joined(secret.below);
    part.preset = secret.preset;
    part.fallback.reset();
    part.leaves_out.clear();
    for (const RelPath& out : keep.leaves_out) {
        if (out != secret.below && out.is_within(secret.below)) {
            part.leaves_out.push_back(out.below(secret.below));
        }
    }
    return part;
}

}  // namespace envkeep::keep
