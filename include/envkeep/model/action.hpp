// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

// The changes that a plan can hold: each carries the old and the new state, so that it can be
// printed without a second look, refused where the old state is gone, and taken back.
namespace envkeep::model {

using system::Place;
using system::Status;

// Nothing -> a folder (store side, or a real folder whose children are linked).
struct MakeFolder {
    Place place;
    std::uint32_t mode = 0755;
    friend bool operator==(const MakeFolder&, const MakeFolder&) = default;
};

// Nothing -> an empty file (store side of a file keep that exists nowhere yet).
struct MakeFile {
    Place place;
    std::uint32_t mode = 0600;
    friend bool operator==(const MakeFile&, const MakeFile&) = default;
};

// Nothing -> a link.
struct MakeLink {
    Place place;
    std::string target;
    friend bool operator==(const MakeLink&, const MakeLink&) = default;
};

// A link -> another link, by one rename. The old one goes aside where it is not ours.
struct ReplaceLink {
    Place place;
    std::string old_target;
    std::string new_target;
    bool is_ours = true;
    friend bool operator==(const ReplaceLink&, const ReplaceLink&) = default;
};

// A link -> a real folder (an entry below it wants a place of its own).
struct ReplaceLinkByFolder {
    Place place;
    std::string old_target;
    bool is_ours = true;
    std::uint32_t mode = 0755;
    friend bool operator==(const ReplaceLinkByFolder&, const ReplaceLinkByFolder&) = default;
};

// Copies what stands in the home to the store, where nothing stands yet; verified.
struct Seed {
    Place from;
    Place to;
    Status seen;
    std::vector<RelPath> leaves_out;   // below `from`: excluded, or kept by an entry of its own
    std::uint32_t file_bound = 07777;  // the copy's modes are the home's and this
    std::uint32_t folder_bound = 07777;
    friend bool operator==(const Seed&, const Seed&) = default;
};

// What is real in the home goes aside, and a link takes its place.
struct ReplaceByLink {
    Place place;
    Status seen;
    std::string target;
    bool is_in_store = false;  // its bytes are in the store already: no backup needed
    friend bool operator==(const ReplaceByLink&, const ReplaceByLink&) = default;
};

// What stands in the way (a file where a folder must be) goes aside, and nothing takes its place
// yet.
struct MoveAside {
    Place place;
    Status seen;  // kind link: `old_target` holds its text
    std::string old_target;
    friend bool operator==(const MoveAside&, const MoveAside&) = default;
};

// A mode for one thing in a copied tree.
struct CopiedMode {
    RelPath below;  // the copy
    std::uint32_t mode = 0;
    friend bool operator==(const CopiedMode&, const CopiedMode&) = default;
};

// `how: copy`: store -> home. What stands there (if anything) goes aside first.
struct CopyIn {
    Place from;
    Place to;
    Status seen;             // of `to`; absent if nothing is there
    std::string old_target;  // of `to`, if it is a link
    bool is_in_store = false;
    std::uint32_t file_bound = 07777;
    std::uint32_t folder_bound = 07777;
    // Excluded on both sides: not copied, and no part of a backup of what goes aside.
    std::vector<RelPath> leaves_out;
    // Sorted by path: what has a mode that the store's own and the bounds do not give.
    std::vector<CopiedMode> modes;
    bool merges = false;  // `how: merge`: what is brought is remembered, to know later what is new
    bool is_packed = false;  // `how: packed`: snapshots hold it from then on, nothing goes back
    friend bool operator==(const CopyIn&, const CopyIn&) = default;
};

// The way back: home -> store, one file.
struct CopyBack {
    Place from;
    Place to;
    Status from_seen;
    Status to_seen;               // absent if the store has none
    std::uint32_t bound = 07777;  // the copy's mode is the home's and this
    bool merges = false;          // `how: merge`
    bool holds_old = false;       // all that `to` held is in `from`: no version of it is kept
    friend bool operator==(const CopyBack&, const CopyBack&) = default;
};

struct SetMode {
    Place place;
    Status seen;
    std::uint32_t new_mode = 0;
    bool widens = false;  // only an exact rule of the manifest may
    friend bool operator==(const SetMode&, const SetMode&) = default;
};

using Action = std::variant<MakeFolder,
                            MakeFile,
                            MakeLink,
                            ReplaceLink,
                            ReplaceLinkByFolder,
                            Seed,
                            ReplaceByLink,
                            MoveAside,
                            CopyIn,
                            CopyBack,
                            SetMode>;

// The place that an action changes.
[[nodiscard]] const Place& place_of(const Action& action);

// "make_link", "seed", ...: as JSON and the journal name it.
[[nodiscard]] std::string_view name_of(const Action& action);

}  // namespace envkeep::model
