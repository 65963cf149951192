// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/scope.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/machine.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What the store holds of snapshots: `snapshots/ID.json`, the layer and the lock it names in
// `manifests/`, image listings in `images/`, and who comes after whom in `refs/PROFILE/000042`.
// Written in this order: packs, layer and lock, record, ref; each under a temporary name, synced,
// then named. Nothing is ever changed in place and no lock is taken.
namespace envkeep::snapshot {

struct Snapshot {
    std::string id;       // "20261120T232459Z-8d6cf3f2a9": sorts by time
    std::string parent;   // id of the snapshot that this one started from; may be empty
    std::string created;  // UTC text
    std::string message;
    std::string session;  // id of the session's lease, "" without one
    std::string host;
    std::string profile;
    std::string image;                        // fingerprint
    std::map<std::string, std::string> keys;  // what decides on another image: "apt", "python ..."
    std::string layer;                        // name in `manifests/`: digest of its text
    std::string lock;                         // likewise
    Digest content;                           // of the tree: types, executable bits, links, bytes
    Digest full;                              // and modes, owners, times, extended attributes
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;      // of the files, as they are in the session
    std::uint64_t new_bytes = 0;  // that this snapshot added to the store
    // Secrets, and what the manifest excludes; the first thousand are written down.
    std::vector<LeftOut> left_out;

    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

struct Ref {
    std::string profile;
    std::uint32_t number = 0;
    std::string snapshot;  // id

    friend bool operator==(const Ref&, const Ref&) = default;
};

// Everything that reads or writes these files; the parts must outlive it.
struct Shelf {
    const store::Store& store;
    system::FileReader& files;
    system::TreeReader& reader;
    system::FileWriter* writer = nullptr;       // none: only looks
    system::TreeWriter* tree_writer = nullptr;  // likewise
};

// The text of `manifests/NAME.layer.zst`, documented in docs/snapshot-format.md. The layer must be
// as Layer says; extended attributes are sorted by name.
[[nodiscard]] std::string layer_text(const Layer& layer);
// io, naming the line, for what is damaged, does not sort, climbs out, or points outside its lists.
[[nodiscard]] Result<Layer> parse_layer(std::string_view text);

// `save` gives the name, the digest of the text; a file of that name is there already for the same
// text; a layer that could not be read back (io) is not written. `load` gives nothing that the name
// does not prove.
[[nodiscard]] Result<std::string> save_layer(const Shelf& shelf, const Layer& layer);
[[nodiscard]] Result<Layer> load_layer(const Shelf& shelf, const std::string& name);
[[nodiscard]] Result<std::string> save_lock(const Shelf& shelf, const std::string& text);
[[nodiscard]] Result<std::string> load_lock(const Shelf& shelf, const std::string& name);

// Writes the record, then the ref after `after` of its profile (refs between that cannot be read
// are passed over). conflict, and the record stays, if another session published there meanwhile:
// `newest_ref` tells which. Done already is well.
[[nodiscard]] Result<Ref> publish(const Shelf& shelf,
                                  const Snapshot& snapshot,
                                  const std::optional<Ref>& after);
// Of those that can be read.
[[nodiscard]] Result<std::optional<Ref>> newest_ref(const Shelf& shelf, const std::string& profile);

struct SnapshotList {
    std::vector<Snapshot> snapshots;    // those that a ref names, newest first
    std::vector<Ref> refs;              // sorted by profile and number
    std::vector<std::string> problems;  // files that could not be read, and why
};

[[nodiscard]] Result<SnapshotList> list_snapshots(const Shelf& shelf);
// By id, or by a beginning of it that is nobody else's; not_found names what there is.
[[nodiscard]] Result<Snapshot> find_snapshot(const SnapshotList& list, const std::string& id);

// What the restored, or captured, tree is in one number each; the same for the same entries in
// whatever packs and groups they lie. `content` takes path, type, link target, and of a file its
// digest and whether its owner may execute it; a hard link counts as the file it names. `full`
// takes mode, owner, group, time of modification and extended attributes too, and tells hard links;
// not the times of folders, which change with whatever comes and goes in them. Deletions do not
// count.
struct TreeDigests {
    Digest content;
    Digest full;

    friend bool operator==(const TreeDigests&, const TreeDigests&) = default;
};

[[nodiscard]] TreeDigests digests_of(const Layer& layer);

}  // namespace envkeep::snapshot
