// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/digest.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/store/probe.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::store {

// A file or link as it was when it was last brought home or written back.
struct RestoredFile {
    std::string place;   // absolute, in the home
    std::string source;  // absolute, in the store
    Digest digest;
    system::Status home_seen;
    system::Status store_seen;
    // The place belongs to a link of ours, which was put there (a tool may have made a file or
    // folder of it since), or which the next session has there. Of a folder nothing else is known.
    bool is_link = false;

    friend bool operator==(const RestoredFile&, const RestoredFile&) = default;
};

// What this container remembers, in HOME/.envkeep-state/session.json (0600). It is lost with the
// container, and must never be needed for safety: without it everything is looked at anew.
struct SessionState {
    system::Container container;
    std::string store_id;
    std::string session;       // id of the lease
    std::string hook_ran_at;   // UTC text; empty if the start line did not run here
    std::string last_save_at;  // UTC text
    std::string last_save_problem;
    bool is_changing = false;  // a run has begun to change things, and may have been killed
    std::optional<system::ProcessId> background;
    std::optional<Probe> probe;
    std::uint64_t probed_device = 0;
    std::vector<RestoredFile> files;

    // What went aside without a backup.
    struct OnlyHere {
        std::string original;  // absolute: where it stood
        std::string aside;     // absolute: where it is, unless the user took it away

        friend bool operator==(const OnlyHere&, const OnlyHere&) = default;
    };

    std::vector<OnlyHere> only_here;

    // Files whose content was looked at for keys: absolute path -> status then, and whether it is
    // one.
    struct Sniffed {
        system::Status seen;
        bool is_private_key = false;

        friend bool operator==(const Sniffed&, const Sniffed&) = default;
    };

    std::map<std::string, Sniffed> sniffed;

    // The kept folders that were listed for names of secrets, as they were then, and the paths
    // below the home that were found.
    struct SecretNames {
        Digest folders;
        std::vector<std::string> found;

        friend bool operator==(const SecretNames&, const SecretNames&) = default;
    };

    std::optional<SecretNames> secret_names;

    friend bool operator==(const SessionState&, const SessionState&) = default;
};

// None if there is none, or if it is another container's (the home came back dirty), or unreadable.
[[nodiscard]] std::optional<SessionState> load_state(system::RootId home,
                                                     const system::Container& container,
                                                     system::FileReader& files);

// Makes the folder (0700) if missing; the file appears whole.
[[nodiscard]] Result<void> save_state(system::RootId home,
                                      const SessionState& state,
                                      system::FileWriter& writer);

// The id of the store that this home was brought in order from last, also by a container before
// this one: a home may outlive it. Empty if nothing tells.
[[nodiscard]] std::string last_store(system::RootId home, system::FileReader& files);

}  // namespace envkeep::store
