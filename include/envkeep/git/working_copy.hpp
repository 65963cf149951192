// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/git/remote_access.hpp"
#include "envkeep/manifest/manifest.hpp"
#include "envkeep/model/finding.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// Working copies on this machine: what state they are in, and how they are brought to what the
// manifest says without losing anything that was made in them. Hooks and configured programs are
// never run.
namespace envkeep::git {

// What is wanted of one repository.
struct Wish {
    std::string subject;  // as the user knows it: "dotfiles", "/notebooks/fastbook"
    std::string url;      // as the manifest has it
    std::string folder;   // absolute: where its working copy stands, or is to stand
    std::string branch;   // at most one of the three; none: the remote's default branch
    std::string tag;
    std::string commit;
    bool shallow = false;
    bool submodules = false;

    friend bool operator==(const Wish&, const Wish&) = default;
};

// A working copy as it stands; read without a network.
struct CopyState {
    bool exists = false;    // a repository is there
    std::string branch;     // empty: HEAD is detached
    std::string head;       // commit, in hexadecimal; empty: nothing is committed yet
    std::string upstream;   // as last fetched; empty: none
    std::size_t ahead = 0;  // commits that the upstream lacks
    std::size_t behind = 0;
    std::vector<std::string> changed;    // tracked files that differ, in index or folder
    std::vector<std::string> untracked;  // neither tracked nor ignored
    std::string unfinished;          // "merge", "rebase", ...: what somebody began and did not end
    std::vector<std::string> locks;  // index.lock and the like: somebody works, or was killed

    friend bool operator==(const CopyState&, const CopyState&) = default;
};

[[nodiscard]] Result<CopyState> state_of(const std::string& folder);

enum class CopyChange { nothing, cloned, fast_forwarded, checked_out, committed, rebased };

// What became of one repository. Never an Error: what went wrong is a finding, and the working copy
// is as it was.
struct CopyReport {
    std::string subject;
    CopyChange change = CopyChange::nothing;
    bool is_pushed = false;
    std::string before;  // commit of HEAD
    std::string after;
    std::size_t commits = 0;               // that came in
    std::vector<model::Finding> findings;  // an error among them: it is not as wanted
    bool is_network_at_fault = false;
};

// Clone or fetch, and fast-forward where nothing of the user's stands against it.
[[nodiscard]] CopyReport bring(const Wish& wish, const RemoteAccess& access);

struct Author {
    std::string name;
    std::string email;
};

struct PublishOptions {
    std::string message;  // of the commit of what changed; empty: nothing is committed
    std::string machine;  // names the branch on which a side that does not fit is left
};

// Commits what changed, brings own commits upon what the remote has, and pushes. Where both sides
// changed the same, both stay whole on named branches, and a finding says which.
[[nodiscard]] CopyReport publish(const Wish& wish,
                                 const PublishOptions& options,
                                 const RemoteAccess& access);

}  // namespace envkeep::git
