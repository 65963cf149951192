// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/manifest/manifest.hpp"
#include "envkeep/model/plan.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"

#include <optional>
#include <string>
#include <vector>

// From the evaluated manifest to single places: globs, children, `per: python` and overlaps are
// worked out here (readers only), so that what follows sees one place, one source, one way for
// each.
namespace envkeep::store {
struct SessionState;
}

namespace envkeep::keep {

enum class Form {
    link,    // the place is a link to the source
    copy,    // the place is a copy of the source, written back by `save`; of a link: the same link
    packed,  // the place is real and local: snapshots hold it, the source only what they do not yet
    folder,  // the place is a real folder: entries below it have places of their own
};

// What a place is wanted for. All but a keep have their source in a working copy in the store,
// which gets nothing that it does not have already: what only the home has is never taken into it.
enum class Origin { keep, dotfiles, repository };

struct WantedKeep {
    std::string subject;   // as the user knows it: "~/.ssh"
    system::Place place;   // in the home, or below the parent of an absolute path outside it
    system::Place source;  // in the store, or below the parent of an absolute `to`
    std::string target;    // text of the link: the absolute path of the source
    Form form = Form::link;
    bool merges = false;  // a copy, a file: what home and store both got new is united by `save`
    manifest::KeepKind kind = manifest::KeepKind::any;
    manifest::OnConflict on_conflict = manifest::OnConflict::by_table;
    manifest::Preset preset = manifest::Preset::none;
    // In the home, and without `modes:`: keys and tokens that are known by their names have their
    // preset below it too.
    bool guards_secrets = false;
    // Below the place. Of a `folder` or `packed`: names with a place of their own or excluded. Of a
    // link or copy: what a `**` pattern of `exclude` found.
    std::vector<RelPath> leaves_out;
    bool may_be_missing = false;  // found by a pattern or as a child: nothing is made for it
    Origin origin = Origin::keep;
    std::size_t group = 0;  // keeps that came from one entry share a row of `status`
    // Stands for a source that is missing, and is copied to it: plain `bin` for `bin@3.11`.
    std::optional<system::Place> fallback;

    friend bool operator==(const WantedKeep&, const WantedKeep&) = default;
};

// A link of this container into a working copy that nothing wants any more, and that still stands.
struct FormerLink {
    std::string subject;
    system::Place place;
    system::Status seen;
    std::string target;

    friend bool operator==(const FormerLink&, const FormerLink&) = default;
};

struct Wanted {
    std::vector<WantedKeep> keeps;  // a folder before what is below it
    std::vector<FormerLink> former_links;
    // Of the dotfiles, where their working copy is there: they share a row.
    std::optional<model::KeepRow> dotfiles;
    std::vector<model::Conflict> conflicts;
    std::vector<model::Finding> findings;
    std::vector<model::KeepRow> rows;  // of entries that are no keep above: in conflict
    std::string store_path;            // absolute: links to below it are ours
    // Absolute folders outside the home that last: the store's persistent folder, and what `to`
    // names. A link into one, by an older script or an imported store, is an older one of ours.
    std::vector<std::string> older_stores;
};

struct ResolveContext {
    system::RootId home;
    store::Store store;
    std::string python;  // "3.11": X.Y of the default kernel's interpreter; empty if none was found
    bool modes_honoured = true;  // else keeps with a preset become copies
    // What was linked in this container; without it no former links are found.
    const store::SessionState* state = nullptr;
};

// What cannot be carried out as it is written (a source inside its place, a path kept twice)
// becomes a conflict, before anything is looked at. Fails only where home or store cannot be found.
[[nodiscard]] Result<Wanted> resolve(const manifest::Manifest& evaluated,
                                     const ResolveContext& context,
                                     system::FileReader& files);

}  // namespace envkeep::keep
