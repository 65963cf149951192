// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/hook.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/engine/restore.hpp"

// Getting in and out: init, adopt, release, uninstall.
namespace envkeep::engine {

struct InitOptions {
    std::string template_name;               // empty: by the platform
    std::optional<std::string> import_from;  // a paperspace-setup store: /storage/cfg
    std::vector<std::string> adopt;          // home paths to take into the store at once
    bool auto_snapshot = false;              // a new manifest takes snapshots by itself
    bool rollback = false;                   // back to the binary before
    bool notice = false;                     // also the notice line for the first terminal
};

struct InitReport {
    Ending ending = Ending::well;
    store::Platform platform;
    store::StoreChoice choice;
    std::string store;  // /storage/envkeep
    std::string manifest;
    std::vector<std::string> changed;   // one line a change: "made /storage/envkeep/manifest.yaml"
    std::vector<std::string> imported;  // keeps taken over from another tool's store
    HookReport hook;                    // no `file`: the line could not be installed
    bool hook_is_sure = false;          // this image is known to run the line
    std::string hook_because;
    std::string fallback;     // what to paste otherwise; empty if sure
    std::string binary_note;  // "0.1.0 beside 0.0.9 (kept)"
    std::string notice_line;  // for ~/.bashrc, where /etc is not ours; empty if not asked for
    std::string run;          // of an edit of the manifest: `undo` takes it back
    std::vector<model::Finding> findings;
    std::vector<manifest::Problem> problems;  // that stop an import or adopt: nothing was done
    std::optional<RestoreReport> adopted;
};

// Fails, or has `problems`, only before the first write; what fails after it is a finding (partly).
[[nodiscard]] Result<InitReport> init(const World& world,
                                      const Options& options,
                                      const InitOptions& init,
                                      const Listener& listener);

struct AdoptOptions {
    std::vector<std::string> paths;  // as typed; relative ones start at the home
    bool per_python = false;
    bool as_copy = false;
    bool as_packed = false;
};

struct AdoptReport {
    // What the store held of a packed keep.
    struct PutAway {
        std::string subject;
        std::string kept_at;  // backups/released/RUN/...
    };

    Ending ending = Ending::well;
    std::vector<std::string> added;          // entries of the manifest
    std::vector<std::string> changed;        // entries that stood there already, as they are now
    RestoreReport restore;                   // what was moved and linked
    std::optional<SnapshotReport> snapshot;  // of packed ones: none if it could not be taken
    std::vector<PutAway> put_away;
    std::string put_away_run;  // that did so: it is undone before the one of `restore`
};

// Adds the paths to the manifest, or sets how they are kept in the entries that are there, then
// restores just these: moved into the store, verified, linked. With problems in the manifest
// nothing is done (usage). Packed ones become real, verified, and a snapshot is taken; only when it
// stands does the store's side go to backups/released/RUN/.
[[nodiscard]] Result<AdoptReport> adopt(const World& world,
                                        const Options& options,
                                        const AdoptOptions& adopt,
                                        const Listener& listener);

struct ReleaseReport {
    Ending ending = Ending::well;

    struct One {
        std::string subject;
        std::string place;  // now real
        // Where the store side went: backups/released/RUN/...; empty for a packed one of which
        // the store had nothing beside the snapshots.
        std::string kept_at;
    };

    std::vector<std::string> changed;  // entries above, which leave out what was released
    std::vector<One> released;
    std::vector<model::Finding> findings;
    std::vector<manifest::Problem> problems;  // with any nothing is done (usage)
    std::string run;
};

// The way back: copies the store's content to the home, verifies, moves the store side to
// backups/released/RUN/, takes the entry out of the manifest, and the path out of an entry above.
// A pattern stands for all that it matches; what is kept by an entry with another path, or in an
// included file, is refused (usage). Saves first: a path of which something could not be saved is
// refused (conflict) before anything is changed; where that is of others it ends with partly.
[[nodiscard]] Result<ReleaseReport> release(const World& world,
                                            const Options& options,
                                            const std::vector<std::string>& paths,
                                            const Listener& listener);

struct UninstallReport {
    Ending ending = Ending::well;
    std::vector<std::string> removed;
    std::vector<std::string> copied;  // places that are real again
    std::vector<std::string> left;    // what stays, and where: home/, backups/, the manifest, links
    std::string run;                  // that made places real; `undo` takes it back
    std::vector<model::Finding> findings;
};

// Hook line, hook.sh and binary go; our links in this home become copies if they fit (`leave_links`
// leaves them); each that remains is told. What cannot be removed is a finding (partly), and all
// else is removed all the same. Saves first, and does nothing where that fails (conflict). home/,
// repos/, packs, backups and the manifest are never touched.
[[nodiscard]] Result<UninstallReport> uninstall(const World& world,
                                                const Options& options,
                                                bool leave_links,
                                                const Listener& listener);

}  // namespace envkeep::engine
