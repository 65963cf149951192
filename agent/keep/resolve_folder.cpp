// SPDX-License-Identifier: MIT
#include "keep/resolve_folder.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"
#include "keep/own_names.hpp"
#include "keep/resolve_glob.hpp"
#include "keep/resolve_places.hpp"
#include "keep/resolve_preset.hpp"
#include "keep/well_known.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace envkeep::keep {
namespace {

using Names = std::set<std::string, std::less<>>;
using Kinds = std::map<std::string, system::Kind, std::less<>>;  // by name

constexpr std::string_view programs = "bin";
constexpr std::string_view libraries = "lib";

// What `pip install --user` writes to, beside bin and lib/pythonX.Y.
constexpr auto usual_names = std::to_array<std::string_view>({"etc", "include", "share", "state"});

struct Sides {
    Kinds home;
    Kinds store;
};

Result<Kinds> names_at(const system::Place& place, system::FileReader& files) {
    const auto entries = files.list(place);
    Kinds names;
    if (!entries) {
        return entries.error().kind == ErrorKind::not_found ? Result<Kinds>(std::move(names))
                                                            : tl::unexpected(entries.error());
    }
    for (const system::Entry& entry : *entries) {
        if (!is_own_name(entry.name)) {
            names.emplace(entry.name, entry.kind);
        }
    }
    return names;
}

bool is_link_in(const Kinds& names, std::string_view name) {
    const auto at = names.find(name);
    return at != names.end() && at->second == system::Kind::link;
}

// What is no folder cannot be listed (ENOTDIR), which is not the same as not being there.
Result<Kinds> names_of_source(const WantedKeep& folder, system::FileReader& files) {
    ENVKEEP_TRY(Kinds names, names_at(folder.source, files));
    if (names.empty()) {
        ENVKEEP_TRY(const system::Status status, files.status(folder.source));
        if (status.kind == system::Kind::link) {
            return failure(ErrorKind::unsafe_path, quoted(folder.target) + " is a link");
        }
        if (status.kind != system::Kind::absent && status.kind != system::Kind::folder) {
            return failure(ErrorKind::conflict, quoted(folder.target) + " is no folder");
        }
    }
    return names;
}

Result<Sides> names_of(const WantedKeep& folder, system::FileReader& files) {
    Sides sides;
    ENVKEEP_TRY(sides.store, names_of_source(folder, files));
    if (folder.origin != Origin::keep) {
        return sides;
    }
    // A link at the place (ours, to be replaced, or one in the way) holds no names of the home's,
    // and nothing is listed through it.
    const auto seen = files.look(folder.place);
    if (!seen && seen.error().kind != ErrorKind::unsafe_path) {
        return tl::unexpected(seen.error());
    }
    if (seen && seen->status.kind == system::Kind::folder) {
        ENVKEEP_TRY(sides.home, names_at(folder.place, files));
    }
    return sides;
}

// Whether a relative link leads out of the folder that it stands in.
bool climbs(std::string_view target) {
    int depth = 0;
    for (const std::string_view part : split(target, '/')) {
        depth += part == ".." ? -1 : part.empty() || part == "." ? 0 : 1;
        if (depth < 0) {
            return !target.starts_with('/');
        }
    }
    return false;
}

WantedKeep child_of(const WantedKeep& folder, std::string_view name, std::string_view source_name) {
    WantedKeep child = folder;
    child.subject += '/';
    child.subject += name;
    child.place = folder.place.child(name);
    child.source = folder.source.child(source_name);
    child.target += child.target.ends_with('/') ? "" : "/";
    child.target += source_name;
    child.kind = manifest::KeepKind::any;
    child.may_be_missing = true;
    child.leaves_out.clear();
    const RelPath within = RelPath{}.child(name);
    for (const RelPath& out : folder.leaves_out) {
        if (out != within && out.is_within(within)) {
            child.leaves_out.push_back(out.below(within));
        }
    }
    return child;
}

class Expansion {
  public:
    Expansion(const FolderRules& rules, system::FileReader& files)
        : python_(rules.python),
          store_path_(rules.store_path),
          modes_honoured_(rules.modes_honoured),
          files_(files) {}

    Result<void> add(const WantedKeep& folder, const Holes& holes, Layout layout) {
        ENVKEEP_TRY(Sides sides, names_of(folder, files_));
        const std::size_t index = keeps_.size();
        keeps_.push_back(folder);
        keeps_[index].form = Form::folder;
        keeps_[index].kind = manifest::KeepKind::folder;
        keeps_[index].fallback.reset();

        std::vector<RelPath> left_out;
        for (const std::string& name : names_to_place(sides, holes, layout)) {
            ENVKEEP_TRY(const bool is_placed, add_name(folder, holes, layout, name, sides));
            if (!is_placed) {
                left_out.push_back(RelPath{}.child(name));
            }
        }
        keeps_[index].leaves_out = std::move(left_out);
        return {};
    }

    std::vector<WantedKeep> take() { return std::move(keeps_); }

  private:
    Names names_to_place(const Sides& sides, const Holes& holes, Layout layout) const {
        Names names;
        if (!holes.is_left_out) {
            for (const auto& [name, kind] : sides.home) {
                names.insert(name);
            }
            for (const auto& [name, kind] : sides.store) {
                if (layout != Layout::python || !name.starts_with("bin@")) {
                    names.insert(name);
                }
            }
            add_usual(layout, names);
        }
        for (const auto& [name, hole] : holes.below) {
            names.insert(name);
        }
        return names;
    }

    void add_usual(Layout layout, Names& names) const {
        if (layout == Layout::python) {
            names.insert({std::string(programs), std::string(libraries)});
            names.insert(usual_names.begin(), usual_names.end());
        }
        if (layout == Layout::python_lib && !python_.empty()) {
            names.insert("python" + python_);
        }
    }

    // False if the name is left as it is, or has an entry of its own.
    Result<bool> add_name(const WantedKeep& folder,
                          const Holes& holes,
                          Layout layout,
                          const std::string& name,
                          const Sides& sides) {
        const Holes hole = hole_of(holes, name);
        if ((hole.below.empty() && (hole.is_left_out || hole.is_keep)) ||
            is_excluded(folder, name) || was_linked_to_working_copy(folder, name, sides)) {
            return false;
        }
        if (layout == Layout::python && name == programs && python_.empty()) {
            return false;
        }
        WantedKeep child = make_child(folder, layout, name, sides);
        guard(child);
        if (!hole.below.empty()) {
            const bool is_there = sides.home.contains(name) || sides.store.contains(name);
            if (is_there || hole.leads_to_keep) {
                ENVKEEP_CHECK(add(child, hole, layout_below(layout, name)));
            }
            return true;
        }
        const bool is_programs = layout == Layout::python && name == programs;
        if (!hole.patterns.empty() && !is_programs && is_folder(child)) {
            ENVKEEP_CHECK(add(child, hole, layout_below(layout, name)));
            return true;
        }
        if (layout == Layout::python && name == libraries) {
            ENVKEEP_CHECK(add(child, Holes{}, Layout::python_lib));
            return true;
        }
        if (child.origin == Origin::keep && child.may_be_missing &&
            is_kept_as_link(child, name, sides)) {
            child.form = Form::copy;
        }
        keeps_.push_back(std::move(child));
        return true;
    }

    // A link among the names is kept as the text that it is, and stands with it at its place: so it
    // leads where it led, whether that is kept or not. Ours lead into the store; and one that the
    // user made in the store, from there to something outside of the folder, leads there only from
    // where it is.
    [[nodiscard]] bool is_kept_as_link(const WantedKeep& child,
                                       const std::string& name,
                                       const Sides& sides) {
        if (is_link_in(sides.store, name)) {
            const auto target = files_.read_link(child.source);
            return target && !leads_on_from_the_store(child, *target);
        }
        if (sides.store.contains(name) || !is_link_in(sides.home, name)) {
            return false;
        }
        const auto target = files_.read_link(child.place);
        return target && *target != child.target && !is_path_within(*target, store_path_);
    }

    [[nodiscard]] bool leads_on_from_the_store(const WantedKeep& child, const std::string& target) {
        if (!climbs(target)) {
            return false;
        }
        const auto behind = files_.follow(child.target);
        return behind && behind->kind != system::Kind::absent;
    }

    // A link of ours that is left over from dotfiles is nothing of this folder's.
    [[nodiscard]] bool was_linked_to_working_copy(const WantedKeep& folder,
                                                  const std::string& name,
                                                  const Sides& sides) {
        if (!is_link_in(sides.home, name) || sides.store.contains(name)) {
            return false;
        }
        const auto target = files_.read_link(folder.place.child(name));
        return target &&
               is_path_within(*target, store_path_ + '/' + std::string(store::names::repositories));
    }

    static bool is_excluded(const WantedKeep& folder, const std::string& name) {
        const RelPath path = RelPath{}.child(name);
        return std::find(folder.leaves_out.begin(), folder.leaves_out.end(), path) !=
               folder.leaves_out.end();
    }

    // What is below a name and does not belong to it, by paths and by patterns.
    static Holes hole_of(const Holes& holes, const std::string& name) {
        const auto known = holes.below.find(name);
        Holes hole = known != holes.below.end() ? known->second : Holes{};
        for (const RelPath& pattern : hole.is_keep ? std::vector<RelPath>() : holes.patterns) {
            const std::string_view first = pattern.components().front();
            if (!name_matches(first, name)) {
                continue;
            }
            if (first.size() == pattern.text().size()) {
                hole.is_left_out = true;
            } else {
                hole.patterns.push_back(pattern.below(RelPath{}.child(first)));
            }
        }
        return hole;
    }

    // Is one, or is made.
    bool is_folder(const WantedKeep& child) const {
        if (child.kind == manifest::KeepKind::folder && !child.may_be_missing) {
            return true;
        }
        const auto is_one = [&](const system::Place& place) {
            const auto status = files_.status(place);
            return status && status->kind == system::Kind::folder;
        };
        return is_one(child.source) || is_one(child.place);
    }

    static Layout layout_below(Layout layout, const std::string& name) {
        return layout == Layout::python && name == libraries ? Layout::python_lib : Layout::plain;
    }

    WantedKeep make_child(const WantedKeep& folder,
                          Layout layout,
                          const std::string& name,
                          const Sides& sides) const {
        if (layout == Layout::python && name == programs) {
            const std::string source_name = std::string(programs) + '@' + python_;
            WantedKeep child = child_of(folder, name, source_name);
            if (sides.store.contains(programs) && !sides.store.contains(source_name)) {
                child.fallback = folder.source.child(programs);
            }
            make_needed(child);
            return child;
        }
        WantedKeep child = child_of(folder, name, name);
        const bool is_usual =
            layout == Layout::python &&
            (name == libraries ||
             std::find(usual_names.begin(), usual_names.end(), name) != usual_names.end());
        if (is_usual || (layout == Layout::python_lib && name == "python" + python_)) {
            make_needed(child);
        }
        return child;
    }

    static void make_needed(WantedKeep& child) {
        child.kind = manifest::KeepKind::folder;
        child.may_be_missing = false;
    }

    // It is as private as it would be with an entry of its own.
    void guard(WantedKeep& child) const {
        if (child.guards_secrets && child.preset == manifest::Preset::none) {
            child.preset = well_known_preset(child.place.path.text());
            child.form = form_of(child.form, child.preset, modes_honoured_);
        }
    }

    const std::string& python_;
    const std::string& store_path_;
    bool modes_honoured_;
    system::FileReader& files_;
    std::vector<WantedKeep> keeps_;
};

}  // namespace

void dig(Holes& holes, const RelPath& below, HoleFor use) {
    Holes* at = &holes;
    for (const std::string_view name : below.components()) {
        at->leads_to_keep = at->leads_to_keep || use == HoleFor::keep;
        at = &at->below[std::string(name)];
        if (at->is_keep) {
            return;
        }
    }
    if (use == HoleFor::keep) {
        at->leads_to_keep = true;
        at->is_keep = true;
    } else {
        at->is_left_out = true;
    }
}

Result<std::vector<WantedKeep>> keeps_of_folder(const WantedKeep& folder,
                                                const Holes& holes,
                                                const FolderRules& rules,
                                                system::FileReader& files) {
    Expansion expansion(rules, files);
    ENVKEEP_CHECK(expansion.add(folder, holes, rules.layout));
    return expansion.take();
}

}  // namespace envkeep::keep
